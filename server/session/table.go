package session

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// handler is a command bound to what it does.
type handler struct {
	spec command.Spec
	line command.Line
	id   int    // index of its counters
	name string // lower case, for INFO and CLIENT LIST
	run  func(*call)
	most int // line dialect: fields to split into; one more than there may be, unless the last takes the rest
	// timed commands may be long, and are timed one by one for the slow log.
	timed bool
	// secret commands have a password, or text that is no key, among their arguments: SLOWLOG shows none of these.
	secret bool
	// alone commands are executed at once although the client has begun a transaction; within ones may be queued.
	alone, within bool
	needs         atomic.Uint32 // see needs.go
}

// table finds handlers by name.
type table struct {
	handlers []*handler
	resp     map[wire.Name]*handler
	lines    map[wire.Name]*handler
	get, set *handler // found without the map
	fastGet  wire.Name
	fastSet  wire.Name
}

func newTable() table {
	t := table{resp: map[wire.Name]*handler{}, lines: map[wire.Name]*handler{}}
	run := respHandlers()
	for _, spec := range command.Specs() {
		h := &handler{spec: spec, run: run[spec.Name]}
		if h.run == nil {
			panic(fmt.Sprintf("session: %s has no handler", spec.Name))
		}
		t.add(h, spec.Name, t.resp)
	}
	run = lineHandlers()
	for _, line := range command.Lines() {
		h := &handler{line: line, run: run[line.Name], most: line.Max + 1}
		if strings.HasSuffix(line.Syntax, "<value>") {
			h.most = line.Max
		}
		if h.run == nil {
			panic(fmt.Sprintf("session: %s has no handler in the line dialect", line.Name))
		}
		// Calls count for the command of the same name, or of the same meaning.
		same := map[string]string{"DELETE": "DEL", "FLUSH": "FLUSHALL", "EXIT": "QUIT", "STATS": "INFO"}[line.Name]
		if same == "" {
			same = line.Name
		}
		h.spec = t.find([]byte(same)).spec
		t.add(h, line.Name, t.lines)
		h.id = t.find([]byte(same)).id
	}
	t.get, t.set = t.find([]byte("GET")), t.find([]byte("SET"))
	t.fastGet, _ = wire.FoldName([]byte("GET"))
	t.fastSet, _ = wire.FoldName([]byte("SET"))
	return t
}

func (t *table) add(h *handler, name string, to map[wire.Name]*handler) {
	h.id, h.name = len(t.handlers), lower(name)
	switch name {
	case "KEYS", "SCAN", "MGET", "MSET", "DEBUG", "FLUSHALL", "FLUSHDB", "FLUSH", "INFO", "COMMAND", "CLIENT":
		h.timed = true
	}
	h.secret = name == "AUTH" || name == "HELLO" || name == "ECHO" || name == "PING"
	switch name {
	case "MULTI", "EXEC", "DISCARD", "QUIT", "RESET":
		h.alone = true
	case "PING", "ECHO", "SELECT", "TIME", "DBSIZE", "FLUSHALL", "FLUSHDB":
		h.within = true
	default:
		h.within = h.spec.First > 0
	}
	key := h.spec.First
	if h.line.Name != "" {
		key = h.line.Key
	}
	h.needs.Store(needsOf(h.spec.Name, h.spec.Flags, key))
	t.handlers = append(t.handlers, h)
	folded, _ := wire.FoldName([]byte(name))
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
