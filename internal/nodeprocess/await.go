package nodeprocess

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrEnded is the error of a wait for a process that has ended, or can no longer be asked.
var ErrEnded = errors.New("it has ended")

// Await calls try at an interval until it returns nil. An error that wraps ErrEnded is returned at once, any other after
// limit, or beside the error of ctx when that ends.
func Await(ctx context.Context, limit, every time.Duration, try func() error) error {
	for end := time.Now().Add(limit); ; {
		err := try()
		if err == nil || errors.Is(err, ErrEnded) {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("after %v: %w", limit, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(every):
		}
	}
}
