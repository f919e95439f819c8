package cli

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/command"
)

// do sends args to the group of its keys and returns the answer. A write that was lost with its connection, as when the
// primary dies, is sent again if that is harmless.
func (s *session) do(ctx context.Context, spec command.Spec, args []string) (client.Value, error) {
	if !spec.Writes() {
		return s.c.DoRead(ctx, args...)
	}
	v, err := s.c.Do(ctx, args...)
	for range lostWrites {
		if !errors.Is(err, client.ErrUnknown) || errors.Is(err, client.ErrTimeout) || ctx.Err() != nil || !repeatable(args) {
			break
		}
		again, failed := s.c.Do(ctx, args...)
		if errors.Is(failed, client.ErrNotSent) {
			break // the outcome of the first attempt is still unknown
		}
		v, err = again, failed
	}
	return v, err
}

// lostWrites is the most times that a write is sent again.
const lostWrites = 3

// repeatable reports whether a write has the same effect and the same answer when it is executed twice.
func repeatable(args []string) bool {
	switch args[0] {
	case "MSET", "SETEX", "PSETEX":
		return true
	case "SET":
		return !slices.ContainsFunc(args[min(3, len(args)):], func(option string) bool {
			_, err := strconv.Atoi(option)
			return err != nil && !slices.Contains([]string{"EX", "PX", "EXAT", "PXAT", "KEEPTTL"}, strings.ToUpper(option))
		})
	}
	return false
}
