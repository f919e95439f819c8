package nodeprocess

import (
	"bytes"
	"strings"
	"sync"
)

// Tail keeps the last bytes written to it, 4 KB: a server's output before its failure. Safe for concurrent use.
type Tail struct {
	mu  sync.Mutex
	b   []byte
	cut bool // bytes before b were dropped
}

const tailSize = 4096

// Write implements io.Writer; it does not fail.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if over := len(t.b) - tailSize; over > 0 {
		t.b, t.cut = t.b[:copy(t.b, t.b[over:])], true
	}
	return len(p), nil
}

// String returns the kept output from its first complete line on.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.b
	if t.cut {
		if _, after, found := bytes.Cut(b, []byte("\n")); found {
			b = after
		}
	}
	return strings.TrimSpace(string(b))
}

// Last returns the last line.
func (t *Tail) Last() string {
	all := t.String()
	return all[strings.LastIndexByte(all, '\n')+1:]
}
