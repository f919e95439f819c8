package sut

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// Connect opens a connection for single commands in RESP, apart from the load's.
func (w *Wire) Connect(ctx context.Context) (*nodeprocess.Conn, error) {
	c, err := w.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return nodeprocess.NewConn(c), nil
}

// often is the default interval of polls.
const often = 5 * time.Millisecond

// until polls INFO replication at an interval until met returns true.
func (t *Target) until(ctx context.Context, limit, every time.Duration, met func(info string) bool) error {
	c, err := t.Wire.Connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // only queried
	return nodeprocess.Await(ctx, limit, max(every, often), func() error {
		reply, err := c.Do(limit, "INFO", "replication")
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w", nodeprocess.ErrEnded, err)
		case !met(reply.Text):
			return fmt.Errorf("not in step: %s", reply.Text)
		}
		return nil
	})
}

// InStep waits until that many secondaries have all that the server has. every is the interval of polls, 0 for a few
// milliseconds: a node that is polled often does not count as idle.
func (t *Target) InStep(ctx context.Context, secondaries int, limit, every time.Duration) error {
	return t.until(ctx, limit, every, func(info string) bool { return strings.Count(info, "state=online") == secondaries })
}

// Shows waits until the server's INFO replication contains text.
func (t *Target) Shows(ctx context.Context, text string, limit time.Duration) error {
	return t.until(ctx, limit, 0, func(info string) bool { return strings.Contains(info, text) })
}

// Pause waits for d; it returns early, with the error of ctx, when that is done.
func Pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// ask sends requests, the last of which ends the connection, and returns the answers.
func (t *Target) ask(ctx context.Context, requests string) (string, error) {
	c, err := t.Wire.Dial(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close() //nolint:errcheck // only queried
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	if _, err := c.Write([]byte(requests)); err != nil {
		return "", fmt.Errorf("asking what it is: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(c, 64<<10))
	if len(text) == 0 {
		return "", errors.Join(errors.New("it accepts a connection but answers nothing"), err)
	}
	return string(text), nil
}
