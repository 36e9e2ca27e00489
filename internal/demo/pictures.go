package demo

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
)

// picture is an image that is sent in a message: bytes, or where they are.
type picture struct {
	data string // base64 of a PNG
	uri  string
}

// newest returns the part of a message in PydanticAI's newest format.
func (p *picture) newest() object {
	if p.uri != "" {
		return object{"type": "uri", "modality": "image", "uri": p.uri, "mime_type": "image/jpeg"}
	}
	return object{"type": "blob", "modality": "image", "mime_type": "image/png", "content": p.data}
}

// Colours of the pictures, few enough for a small file.
var paints = color.Palette{
	color.RGBA{0xf4, 0xee, 0xe1, 0xff}, color.RGBA{0xd9, 0xcb, 0xb0, 0xff}, color.RGBA{0x2f, 0x5d, 0x46, 0xff}, color.RGBA{0x1d, 0x3a, 0x2c, 0xff},
	color.RGBA{0xc8, 0xa4, 0x4a, 0xff}, color.RGBA{0x8c, 0x2f, 0x2a, 0xff}, color.RGBA{0x6b, 0x56, 0x3d, 0xff}, color.RGBA{0x3f, 0x7f, 0xb0, 0xff},
}

const (
	paper = iota
	shade
	green
	darkGreen
	gold
	red
	wood
	blue
)

// canvas is a picture in the making.
type canvas struct{ *image.Paletted }

func newCanvas(width, height int) canvas {
	return canvas{image.NewPaletted(image.Rect(0, 0, width, height), paints)}
}

func (c canvas) box(x0, y0, x1, y1 int, paint uint8) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			c.SetColorIndex(x, y, paint)
		}
	}
}

// oval fills an ellipse around a point.
func (c canvas) oval(x, y, rx, ry int, paint uint8) {
	for dy := -ry; dy <= ry; dy++ {
		for dx := -rx; dx <= rx; dx++ {
			if dx*dx*ry*ry+dy*dy*rx*rx <= rx*rx*ry*ry {
				c.SetColorIndex(x+dx, y+dy, paint)
			}
		}
	}
}

func (c canvas) picture() *picture {
	var file bytes.Buffer
	if err := png.Encode(&file, c); err != nil {
		panic(err) // a buffer takes everything
	}
	return &picture{data: base64.StdEncoding.EncodeToString(file.Bytes())}
}

// oldTin is a photograph of a tea tin on a shelf.
func oldTin(lid uint8) *picture {
	c := newCanvas(280, 200)
	c.box(0, 150, 280, 200, wood)
	c.box(0, 150, 280, 154, shade)
	c.box(86, 40, 194, 160, green)
	c.box(170, 40, 194, 160, darkGreen)
	c.oval(140, 160, 54, 8, darkGreen)
	c.box(84, 30, 196, 48, lid)
	c.oval(140, 30, 56, 8, lid)
	c.box(100, 70, 180, 132, paper)
	c.box(104, 74, 176, 128, shade)
	c.box(107, 77, 173, 125, paper)
	c.oval(140, 96, 22, 12, green)
	c.box(139, 84, 141, 110, darkGreen)
	for line := range 2 {
		c.box(116+8*line, 114+5*line, 164-8*line, 116+5*line, red)
	}
	return c.picture()
}

// bars is a chart with a bar for each number.
func bars(values ...int) *picture {
	const width, height, foot = 360, 180, 150
	c := newCanvas(width, height)
	highest := 1
	for _, value := range values {
		highest = max(highest, value)
	}
	for line := range 4 {
		c.box(30, foot-line*40, width-10, foot-line*40+1, shade)
	}
	step := (width - 50) / max(len(values), 1)
	for i, value := range values {
		x := 36 + i*step
		c.box(x, foot-value*130/highest, x+step*2/3, foot, []uint8{blue, green, gold, red}[i%4])
	}
	c.box(30, 10, 32, foot+2, wood)
	c.box(30, foot, width-10, foot+2, wood)
	return c.picture()
}
