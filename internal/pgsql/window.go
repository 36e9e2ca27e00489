package pgsql

import pg "github.com/pganalyze/pg_query_go/v6"

// windows analyzes the WINDOW clause and returns the condition of QUALIFY that travels in it.
func (a *analyzer) windows(s *scope, nodes []*pg.Node) (qualify *pg.Node) {
	s.windows = map[string]*window{}
	for _, node := range nodes {
		w := node.GetWindowDef()
		if w.Name == qualifyName && len(w.PartitionClause) == 1 {
			qualify = w.PartitionClause[0]
			continue
		}
		s.windows[w.Name] = a.window(w, w.Refname, s)
	}
	return qualify
}

// window analyzes a window definition, or an OVER clause. base names the window that it starts from, or is empty.
func (a *analyzer) window(n *pg.WindowDef, base string, s *scope) *window {
	w := &window{}
	if base != "" {
		known := s.windows[base]
		if known == nil {
			a.fail(n.Location, "42704", "", "window %q does not exist", base)
		}
		*w = *known
	}
	for _, node := range n.PartitionClause {
		w.partition = append(w.partition, a.expr(node, s))
	}
	for _, node := range n.OrderClause {
		by := node.GetSortBy()
		w.order = append(w.order, a.sortKey(by, a.expr(by.Node, s)))
	}
	if f := a.frame(n, s); f != nil {
		w.frame = f
	}
	return w
}

// PostgreSQL's bits of WindowDef.frameOptions.
const (
	frameNonDefault     = 0x00001
	frameRows           = 0x00004
	frameGroups         = 0x00008
	frameStartUnbounded = 0x00020
	frameEndUnbounded   = 0x00100
	frameStartCurrent   = 0x00200
	frameEndCurrent     = 0x00400
	frameStartPreceding = 0x00800
	frameEndPreceding   = 0x01000
	frameExcludeCurrent = 0x08000
	frameExcludeGroup   = 0x10000
	frameExcludeTies    = 0x20000
)

func (a *analyzer) frame(n *pg.WindowDef, s *scope) *frame {
	bits := n.FrameOptions
	if bits&frameNonDefault == 0 {
		return nil
	}
	f := &frame{mode: "RANGE"}
	switch {
	case bits&frameRows != 0:
		f.mode = "ROWS"
	case bits&frameGroups != 0:
		f.mode = "GROUPS"
	}
	bound := func(node *pg.Node, unbounded, current, preceding int32, side string) frameBound {
		switch {
		case bits&unbounded != 0:
			return frameBound{what: "UNBOUNDED " + side}
		case bits&current != 0:
			return frameBound{what: "CURRENT ROW"}
		case bits&preceding != 0:
			return frameBound{what: "PRECEDING", offset: a.expr(node, s)}
		}
		return frameBound{what: "FOLLOWING", offset: a.expr(node, s)}
	}
	f.start = bound(n.StartOffset, frameStartUnbounded, frameStartCurrent, frameStartPreceding, "PRECEDING")
	f.end = bound(n.EndOffset, frameEndUnbounded, frameEndCurrent, frameEndPreceding, "FOLLOWING")
	switch {
	case bits&frameExcludeCurrent != 0:
		f.exclude = "CURRENT ROW"
	case bits&frameExcludeGroup != 0:
		f.exclude = "GROUP"
	case bits&frameExcludeTies != 0:
		f.exclude = "TIES"
	}
	return f
}
