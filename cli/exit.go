package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/client"
)

// Exit statuses.
const (
	ExitDone        = 0
	ExitNotFound    = 1 // the key does not exist, or a condition on it did not hold
	ExitUsage       = 2 // wrong usage, or refused by a node or a file
	ExitUnreachable = 3 // a node that was needed did not answer
	exitInterrupted = 130
)

// usageError means that a command cannot be executed as given.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// unreachableError means that nodes did not answer, if no error of the client says
// so.
type unreachableError struct{ text string }

func (e *unreachableError) Error() string { return e.text }

// statusOf returns the exit status for an error.
func statusOf(err error) int {
	var (
		unreachable *unreachableError
		refused     *client.ServerError
	)
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, client.ErrNotFound):
		return ExitNotFound
	case errors.As(err, &unreachable):
		return ExitUnreachable
	case errors.As(err, &refused):
		return ExitUsage
	case errors.Is(err, client.ErrUnavailable), errors.Is(err, client.ErrTimeout), errors.Is(err, client.ErrUnknown):
		return ExitUnreachable
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return ExitUsage
}

// say returns the text of an error: a node's answer, or why there was none, stands
// after the node's name, and faults of a config after their FILE:LINE.
func say(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	text := err.Error()
	for _, e := range clientErrors(err) {
		text = strings.ReplaceAll(text, e.Error(), sayClient(e))
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// clientErrors returns all of the client's errors in err.
func clientErrors(err error) []*client.Error {
	switch e := err.(type) {
	case *client.Error:
		return []*client.Error{e}
	case interface{ Unwrap() error }:
		return clientErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*client.Error
		for _, inner := range e.Unwrap() {
			all = append(all, clientErrors(inner)...)
		}
		return all
	}
	return nil
}

// sayClient returns which node failed, and how.
func sayClient(e *client.Error) string {
	name := e.Node
	switch {
	case name == "":
		name = "cache"
	case name != e.Address && e.Address != "":
		name += " (" + e.Address + ")"
	}
	var refused *client.ServerError
	switch {
	case errors.As(e, &refused):
		return e.Node + ": " + refused.Message
	case errors.Is(e, client.ErrTimeout) && errors.Is(e, client.ErrUnknown):
		return name + ": no answer in time; the change may or may not have been made"
	case errors.Is(e, client.ErrTimeout):
		return name + ": no connection in time"
	case errors.Is(e, client.ErrUnknown):
		return name + ": the connection was lost (" + cause(e) + "); the change may or may not have been made"
	case errors.Is(e, client.ErrUnavailable):
		return name + ": unreachable: " + cause(e)
	}
	return e.Error()
}

// cause returns the text of the innermost error.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
