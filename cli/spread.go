package cli

import (
	"context"
	"errors"
	"sync"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/command"
)

// part is the part of a command with several keys that goes to one group.
type part struct {
	args []string
	at   []int // index of each of its keys among all keys

	v   client.Value
	err error
}

// split divides a command by the groups of its keys, in the order of first occurrence.
func (s *session) split(spec command.Spec, args []string, keys []int) []*part {
	byGroup := map[string]*part{}
	var parts []*part
	for n, i := range keys {
		_, g := s.c.Locate(args[i])
		p := byGroup[g.ID]
		if p == nil {
			p = &part{args: []string{args[0]}}
			byGroup[g.ID] = p
			parts = append(parts, p)
		}
		p.at = append(p.at, n)
		p.args = append(p.args, args[i:min(i+spec.Step, len(args))]...)
	}
	return parts
}

// spread sends the parts in parallel and merges the answers. If some groups fail, it still
// shows the answers of the others.
func (s *session) spread(ctx context.Context, spec command.Spec, keys int, parts []*part) (result, error) {
	switch spec.Name {
	case "MSETNX":
		return nil, usagef("MSETNX sets all or nothing, and these keys are in %d groups, which cannot do that together; WHERE shows a key's group", len(parts))
	case "RENAME", "RENAMENX", "COPY":
		return nil, usagef("%s works within one group, and these keys are in two; GET and SET with the new name do it in steps", spec.Name)
	}
	var wg sync.WaitGroup
	for _, p := range parts {
		wg.Go(func() { p.v, p.err = s.do(ctx, spec, p.args) })
	}
	wg.Wait()
	v, err := merge(parts, keys)
	if v.Type == 0 {
		return nil, err
	}
	return &valueResult{v: v, missing: err == nil && missing(spec, v)}, err
}

// merge combines the answers: arrays by the keys' positions, numbers as their sum, and OK
// if all are OK. Its type is 0 if no part was answered.
func merge(parts []*part, keys int) (client.Value, error) {
	var (
		v    client.Value
		errs []error
	)
	for _, p := range parts {
		if p.err != nil {
			errs = append(errs, p.err)
			continue
		}
		switch p.v.Type {
		case '*':
			if v.Array == nil {
				v = client.Value{Type: '*', Array: make([]client.Value, keys)}
				for i := range v.Array {
					v.Array[i] = client.Value{Type: '-', Bytes: []byte("not answered")}
				}
			}
			for i, e := range p.v.Array[:min(len(p.v.Array), len(p.at))] {
				v.Array[p.at[i]] = e
			}
		case ':':
			v.Type = ':'
			v.Int += p.v.Int
		default:
			v = p.v
		}
	}
	return v, errors.Join(errs...)
}
