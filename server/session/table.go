package session

import (
	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// table holds the handlers of a node's commands.
type table struct {
	handlers []*Handler // of the commands, whose ids are their indexes here, followed by those of their forms
	specs    []command.Spec
	commands names // by the commands' own names
	dialects []*spoken
}

func newTable(commands []Command, dialects []*Dialect) *table {
	t := &table{commands: names{}}
	for i := range commands {
		h := newHandler(&commands[i])
		h.id = len(t.handlers)
		t.handlers = append(t.handlers, h)
		t.specs = append(t.specs, h.Spec())
	}
	own := t.handlers
	for _, h := range own {
		t.commands.add(h.Name, h)
	}
	t.commands.findFast("GET", "SET")
	for _, d := range dialects {
		t.dialects = append(t.dialects, t.speak(d, own))
	}
	return t
}

// speak makes the handlers of a dialect's forms.
func (t *table) speak(d *Dialect, own []*Handler) *spoken {
	if d.Forms == nil {
		return &spoken{d, t.commands}
	}
	var n names
	for _, h := range own {
		for _, f := range d.Forms(h.Command) {
			form := newForm(h, &f)
			t.handlers = append(t.handlers, form)
			n.add(f.name(h.Command), form)
		}
	}
	n.findFast("GET", "SET")
	return &spoken{d, n}
}

// all returns the handlers of a name in any dialect.
func (t *table) all(name string) (found []*Handler) {
	for _, d := range t.dialects {
		if h := d.find([]byte(name)); h != nil {
			found = append(found, h)
		}
	}
	return found
}

// Specs describes the node's commands. The caller must not modify the slice.
func (n *Node) Specs() []command.Spec { return n.table.specs }

// Spec describes the command of a name, in any letter case; ok is false if there is none.
func (n *Node) Spec(name []byte) (s command.Spec, ok bool) {
	h := n.table.commands.find(name)
	if h == nil {
		return s, false
	}
	return n.table.specs[h.id], true
}

// names finds handlers by name, in any letter case.
type names struct {
	byName map[wire.Name]*Handler
	fast   [2]struct {
		name    wire.Name
		handler *Handler
	} // found without the map
}

func (n *names) add(name string, h *Handler) {
	if n.byName == nil {
		n.byName = map[wire.Name]*Handler{}
	}
	folded, ok := wire.FoldName([]byte(name))
	if !ok || n.byName[folded] != nil || h.run == nil {
		panic("session: the command " + name + " is declared twice, has no function, or has too long a name")
	}
	n.byName[folded] = h
}

// findFast makes find return the handlers of these two names without the map.
func (n *names) findFast(first, second string) {
	for i, name := range [2]string{first, second} {
		folded, _ := wire.FoldName([]byte(name))
		if h := n.byName[folded]; h != nil {
			n.fast[i].name, n.fast[i].handler = folded, h
		}
	}
}

// find returns the handler of a name, or nil.
func (n *names) find(name []byte) *Handler {
	folded, ok := wire.FoldName(name)
	switch {
	case !ok:
		return nil
	case folded == n.fast[0].name: // of an empty name too: then the handler is nil or the name's own
		return n.fast[0].handler
	case folded == n.fast[1].name:
		return n.fast[1].handler
	}
	return n.byName[folded]
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
