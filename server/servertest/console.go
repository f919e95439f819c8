package servertest

import (
	"bytes"
	"sync"

	"github.com/cachegopher/cachegopher/internal/logging"
)

// console keeps a node's log, to show it if the test fails. The zero value is empty.
type console struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

// Write is io.Writer's.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines.Write(p)
}

func (c *console) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines.String()
}

func (c *console) logger() (*logging.Logger, error) {
	return logging.New(logging.Options{Console: c})
}
