package sut

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"
)

// MakeCounters creates n counters on servers whose INCR does not create them, which is memcached. key appends a
// counter's key.
func (w *Wire) MakeCounters(ctx context.Context, n uint64, key func(dst []byte, i uint64) []byte) error {
	if _, ok := w.Dialect.(Memcached); !ok {
		return nil
	}
	c, err := w.Dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // done with it
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	out := bufio.NewWriterSize(c, 64<<10)
	var b []byte
	for i := range n {
		b = append(key(append(b[:0], "add "...), i), " 0 0 1 noreply\r\n0\r\n"...)
		if _, err := out.Write(b); err != nil {
			return fmt.Errorf("making counters: %w", err)
		}
	}
	if _, err := out.WriteString("version\r\n"); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("making counters: %w", err)
	}
	answer, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.HasPrefix(answer, "VERSION") {
		return fmt.Errorf("making counters: answered %q, %v", answer, err)
	}
	return nil
}
