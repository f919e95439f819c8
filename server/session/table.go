package session

import (
	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// table finds handlers by name.
type table struct {
	handlers []*handler // of the commands, whose ids are their positions here, and then of their forms in lines
	specs    []command.Spec
	resp     map[wire.Name]*handler
	lines    map[wire.Name]*handler
	get, set *handler // found without the map
	fastGet  wire.Name
	fastSet  wire.Name
}

func newTable(commands []Command) table {
	t := table{resp: map[wire.Name]*handler{}, lines: map[wire.Name]*handler{}}
	for i := range commands {
		h := newHandler(&commands[i])
		h.id = len(t.handlers)
		t.add(h, h.Name, t.resp)
		t.specs = append(t.specs, h.Spec())
	}
	for _, h := range t.handlers {
		for i := range h.Line {
			t.add(newForm(h, &h.Line[i]), h.Line[i].name(h.Command), t.lines)
		}
	}
	t.get, t.set = t.find([]byte("GET")), t.find([]byte("SET"))
	t.fastGet, _ = wire.FoldName([]byte("GET"))
	t.fastSet, _ = wire.FoldName([]byte("SET"))
	return t
}

func (t *table) add(h *handler, name string, to map[wire.Name]*handler) {
	t.handlers = append(t.handlers, h)
	folded, ok := wire.FoldName([]byte(name))
	if !ok || to[folded] != nil || h.run == nil {
		panic("session: the command " + name + " is there twice, has no function, or too long a name")
	}
	to[folded] = h
}

// find returns the handler of a RESP command, in any case, or nil.
func (t *table) find(name []byte) *handler {
	folded, ok := wire.FoldName(name)
	switch {
	case !ok:
		return nil
	case folded == t.fastGet && t.get != nil:
		return t.get
	case folded == t.fastSet && t.set != nil:
		return t.set
	}
	return t.resp[folded]
}

// findLine returns the handler of a line command, upper case only, or nil.
func (t *table) findLine(name []byte) *handler {
	folded, ok := wire.FoldName(name)
	if !ok {
		return nil
	}
	for _, c := range name {
		if c >= 'a' && c <= 'z' {
			return nil
		}
	}
	return t.lines[folded]
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
