package prices

import (
	"errors"
	"math"
	"math/bits"
)

// Unit is what a price is for.
type Unit uint8

// The units. A unit that is a part of another is counted in both: Input is all input, what was read from a cache and
// sound included.
const (
	Input Unit = iota
	Output
	CacheRead
	CacheWrite
	CacheWrite1h
	InputAudio
	OutputAudio
	CacheAudioRead
	InputImage
	OutputImage
	CacheImageRead
	InputVideo
	OutputVideo
	Reasoning
	Citation
	WebSearches
	requests // always 1

	units
)

// Usage is how much a call used, in tokens; WebSearches are counted one by one. What is not known is 0.
type Usage [units]int64

// unitOf is the unit that a key of a price set is for. Keys that end in _mtok are for a million, in _kcount for a
// thousand.
var unitOf = map[string]Unit{
	"input_mtok": Input, "output_mtok": Output,
	"cache_read_mtok": CacheRead, "cache_write_mtok": CacheWrite, "cache_write_1h_mtok": CacheWrite1h,
	"input_audio_mtok": InputAudio, "output_audio_mtok": OutputAudio, "cache_audio_read_mtok": CacheAudioRead,
	"input_image_mtok": InputImage, "output_image_mtok": OutputImage, "cache_image_read_mtok": CacheImageRead,
	"input_video_mtok": InputVideo, "output_video_mtok": OutputVideo,
	"output_reasoning_mtok": Reasoning, "output_citation_mtok": Citation,
	"web_searches_kcount": WebSearches, "requests_kcount": requests,
}

// partsFirst are the units in an order in which the parts of a unit stand before it, and parts are all parts of each,
// parts of parts included.
var (
	partsFirst = [...]Unit{
		CacheWrite1h, CacheAudioRead, CacheImageRead, CacheRead, CacheWrite, InputAudio, InputImage, InputVideo, Input,
		OutputAudio, OutputImage, OutputVideo, Reasoning, Citation, Output, WebSearches, requests,
	}
	parts = [units][]Unit{
		Input:      {CacheRead, CacheWrite, CacheWrite1h, InputAudio, CacheAudioRead, InputImage, CacheImageRead, InputVideo},
		Output:     {OutputAudio, OutputImage, OutputVideo, Reasoning, Citation},
		CacheRead:  {CacheAudioRead, CacheImageRead},
		CacheWrite: {CacheWrite1h},
		InputAudio: {CacheAudioRead},
		InputImage: {CacheImageRead},
	}
)

// errUsage says that the parts of a usage are more than the whole.
var errUsage = errors.New("usage contradicts itself")

// rate is the price of a unit.
type rate struct {
	set   bool
	price price
	tiers []tier // ascending by start
}

// tier is the price for all of a unit's tokens once the whole input is larger than start.
type tier struct {
	start int64
	price price
}

// price is in pico-dollars for a million, so that every price of the data is a whole number.
type price = int64

// at returns the price for a call whose whole input is so large.
func (r *rate) at(input int64) price {
	for i := len(r.tiers) - 1; i >= 0; i-- {
		if input > r.tiers[i].start {
			return r.tiers[i].price
		}
	}
	return r.price
}

// set is the prices of a model at some time.
type set struct {
	rates [units]rate
	// otherUnits says that there are prices for what Usage does not count.
	otherUnits bool
}

// cost returns what a usage costs. Each unit is counted without its parts that have a price of their own.
func (s *set) cost(u *Usage) (nanoUSD int64, err error) {
	usage := *u
	usage[requests] = 1
	var alone Usage
	var sum uint128
	for _, unit := range partsFirst {
		r := &s.rates[unit]
		if !r.set {
			continue
		}
		n := usage[unit]
		for _, part := range parts[unit] {
			n -= alone[part] // 0 for parts without a price
		}
		if n < 0 {
			return 0, errUsage
		}
		alone[unit] = n
		sum.addProduct(uint64(n), uint64(r.at(usage[Input])))
	}
	return sum.nanoUSD()
}

// uint128 is a sum of pico-dollars for a million, in two words.
type uint128 struct{ hi, lo uint64 }

func (s *uint128) addProduct(a, b uint64) {
	hi, lo := bits.Mul64(a, b)
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi, _ = bits.Add64(s.hi, hi, carry) // 17 products of two int64 do not overflow 2^128
}

// nanoUSD rounds to the nearest whole number, up from the middle.
func (s uint128) nanoUSD() (int64, error) {
	const perNano = 1e3 * 1e6 // pico-dollars for a million
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, perNano/2, 0)
	s.hi += carry
	if s.hi >= perNano {
		return 0, errUsage
	}
	quotient, _ := bits.Div64(s.hi, s.lo, perNano)
	if quotient > math.MaxInt64 {
		return 0, errUsage
	}
	return int64(quotient), nil
}
