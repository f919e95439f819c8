package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/cachegopher/cachegopher/client"
)

// keysResult walks the keys of all groups while they are printed, so that memory does not
// grow with their number.
type keysResult struct {
	ctx     context.Context
	s       *session
	pattern string
	found   bool
}

func (r *keysResult) status() int {
	if r.found {
		return ExitDone
	}
	return ExitNotFound
}

// each calls show with every key. It leaves out groups that do not answer, and the error
// names them.
func (r *keysResult) each(show func(key string) error) error {
	pattern := r.pattern
	if pattern == "*" {
		pattern = ""
	}
	var errs []error
	for key, err := range r.s.c.Scan(r.ctx, client.ScanOptions{Match: pattern}) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r.found = true
		if err := show(key); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// scan is one step of a walk over all groups. Its cursor is 0 at the beginning and
// the end, and NODE:CURSOR between: a node knows only its own cursors.
func (s *session) scan(ctx context.Context, args []string) (result, error) {
	groups := s.groups()
	at, node, cursor := 0, "", "0"
	if args[1] != "0" {
		i := strings.LastIndexByte(args[1], ':')
		if i < 0 {
			return nil, badCursor(args[1])
		}
		node, cursor = args[1][:i], args[1][i+1:]
		at = -1
		for i, g := range groups {
			for _, m := range g.members {
				if m.ID == node {
					at = i
				}
			}
		}
		if at < 0 || cursor == "" || strings.Trim(cursor, "0123456789") != "" {
			return nil, badCursor(args[1])
		}
	}
	node, v, err := s.scanGroup(ctx, groups[at], node, cursor, args)
	if err != nil {
		return nil, err
	}
	if v.Type != '*' || len(v.Array) != 2 {
		return nil, usagef("%s: this is no answer to SCAN", node)
	}
	next := "0"
	if c := string(v.Array[0].Bytes); c != "0" {
		next = node + ":" + c
	} else if at+1 < len(groups) {
		next = groups[at+1].members[0].ID + ":0"
	}
	v.Array[0] = client.Value{Type: '$', Bytes: []byte(next)}
	return &valueResult{v: v}, nil
}

func badCursor(cursor string) error {
	return usagef("%s is no cursor; begin with 0 and go on with what SCAN answers first", cursor)
}

// scanGroup does the step on the node that the cursor belongs to, or at the beginning of a
// group on any member that answers.
func (s *session) scanGroup(ctx context.Context, g groupNodes, node, cursor string, args []string) (string, client.Value, error) {
	command := append([]string{"SCAN", cursor}, args[2:]...)
	var failed error
	if node != "" {
		v, err := s.c.DoNode(ctx, node, command...)
		if err == nil || cursor != "0" || statusOf(err) != ExitUnreachable {
			return node, v, err
		}
		failed = err
	}
	for _, m := range g.members {
		if m.ID == node {
			continue
		}
		v, err := s.c.DoNode(ctx, m.ID, command...)
		if err == nil || statusOf(err) != ExitUnreachable {
			return m.ID, v, err
		}
		failed = err
	}
	return node, client.Value{}, failed
}

// data is not used: the keys are streamed.
func (r *keysResult) data() any { return nil }

func (r *keysResult) text(p *printer) error {
	err := r.each(func(key string) error { return p.line(p.escape(key, false)) })
	if err == nil && !r.found && p.tty {
		err = p.line(p.paint(dim, "(none)"))
	}
	return err
}

func (r *keysResult) stream(w *bufio.Writer) error {
	w.WriteByte('[') //nolint:errcheck // the writer keeps the error
	first := true
	err := r.each(func(key string) error {
		if !first {
			w.WriteByte(',') //nolint:errcheck // the writer keeps the error
		}
		first = false
		text, err := json.Marshal(jsonText(key))
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	})
	w.WriteByte(']') //nolint:errcheck // the writer keeps the error
	return err
}
