package demo

import "time"

// scenario is a kind of story.
type scenario struct {
	name  string
	cards int // how often it is in the deck
	build func(*story)
}

// scenarios are what happens in the shop. Each is in the deck at least once, so that all of them are seen.
var scenarios = []scenario{
	{"home", 14, home},
	{"tea", 16, teaPage},
	{"search", 8, search},
	{"basket", 8, addToBasket},
	{"checkout", 7, checkout},
	{"declined card", 2, declinedCard},
	{"gateway down", 2, gatewayDown},
	{"nothing there", 3, notFound},
	{"health", 5, health},
	{"restock", 2, restock},
	{"newsletter", 1, newsletter},
	{"advice", 7, advice},
	{"advice with a retry", 3, adviceWithRetry},
	{"order status", 4, orderStatus},
	{"gift box", 2, giftBox},
	{"overloaded model", 1, overloadedModel},
	{"sorting mail", 3, sortMail},
	{"moderating reviews", 3, moderateReview},
	{"product copy", 2, productCopy},
	{"photo of a label", 2, labelPhoto},
	{"long talk", 2, longTalk},
	{"sales report", 1, salesReport},
	{"triage", 2, triage},
	{"assistant", 3, assistantChat},
	{"help desk", 3, helpDesk},
	{"translation", 2, translation},
	{"address check", 2, addressCheck},
}

// crash is the story of a process that died. It happens once, outside of the deck.
var crash = scenario{name: "crash", build: importCatalogue}

// deck deals scenarios so that each comes as often as it should, in an order that nobody knows.
type deck struct {
	chance
	seed  uint64
	dealt uint64
	cards []scenario
}

func newDeck(seed uint64) *deck { return &deck{chance: newChance(seed, 0), seed: seed} }

// deal returns the next story. ago is how long it has been going on: during the incident the gateway fails.
func (d *deck) deal(ago time.Duration) *story {
	if len(d.cards) == 0 {
		for _, s := range scenarios {
			for range s.cards {
				d.cards = append(d.cards, s)
			}
		}
		d.Shuffle(len(d.cards), func(i, j int) { d.cards[i], d.cards[j] = d.cards[j], d.cards[i] })
	}
	next := d.cards[0]
	d.cards = d.cards[1:]
	if next.name == "checkout" && incident(ago) {
		next.build = gatewayDown
	}
	return d.play(next)
}

// play builds a story. Its choices depend on the seed and its number alone.
func (d *deck) play(s scenario) *story {
	d.dealt++
	st := &story{chance: newChance(d.seed, d.dealt)}
	s.build(st)
	return st
}

// incident tells that the payment gateway was down then.
func incident(ago time.Duration) bool { return ago > 17*time.Minute && ago < 24*time.Minute }
