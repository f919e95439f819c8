package cli

import (
	"container/heap"
	"context"
	"slices"
	"strconv"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
	"github.com/cachegopher/cachegopher/client"
)

const (
	bigKeysShown = 10
	bigKeysMost  = 10_000
)

// bigKey is one line of BIGKEYS.
type bigKey struct {
	Key    any    `json:"key"`
	Memory int64  `json:"memory_bytes"` // with the node's overhead
	Value  int64  `json:"value_bytes"`
	Group  string `json:"group"`
	text   string
}

// bigKeysResult lists the largest keys, the largest first.
type bigKeysResult struct {
	Keys   []bigKey `json:"keys"`
	Looked int64    `json:"keys_looked_at"`
	Memory int64    `json:"memory_bytes"` // of all
}

// smallestFirst is a heap with the smallest key first, which larger ones replace.
type smallestFirst []bigKey

func (h smallestFirst) Len() int           { return len(h) }
func (h smallestFirst) Less(i, j int) bool { return h[i].Memory < h[j].Memory }
func (h smallestFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *smallestFirst) Push(x any)        { *h = append(*h, x.(bigKey)) }
func (h *smallestFirst) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func cmdBigKeys(ctx context.Context, s *session, args []string) (result, error) {
	most := bigKeysShown
	if len(args) > 1 {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 || n > bigKeysMost {
			return nil, usagef("%s: the number of keys must be from 1 to %d", shellwords.Quote(args[1]), bigKeysMost)
		}
		most = n
	}
	r := &bigKeysResult{Keys: []bigKey{}}
	var largest smallestFirst
	bar := s.bar(s.total(ctx), "measuring keys")
	seen := map[string]bool{} // keys in largest: a walk may meet a key twice
	err := s.walk(ctx, "", func(keys []string) error {
		found, err := s.weigh(ctx, keys)
		for _, k := range found {
			r.Looked++
			r.Memory += k.Memory
			switch {
			case seen[k.text]:
			case len(largest) < most:
				heap.Push(&largest, k)
				seen[k.text] = true
			case k.Memory > largest[0].Memory:
				delete(seen, largest[0].text)
				largest[0] = k
				heap.Fix(&largest, 0)
				seen[k.text] = true
			}
		}
		bar.Add(len(keys)) //nolint:errcheck // progress display only
		return err
	})
	bar.Finish() //nolint:errcheck // progress display only
	for len(largest) > 0 {
		r.Keys = append(r.Keys, heap.Pop(&largest).(bigKey))
	}
	slices.Reverse(r.Keys)
	return r, err
}

// weigh asks for the sizes of keys. It skips keys deleted meanwhile.
func (s *session) weigh(ctx context.Context, keys []string) ([]bigKey, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	p := s.c.Pipeline()
	var memory, length []client.Queued
	for _, key := range keys {
		memory = append(memory, p.DoRead("MEMORY", "USAGE", key))
		length = append(length, p.DoRead("STRLEN", key))
	}
	err := p.Exec(ctx)
	var found []bigKey
	for i, key := range keys {
		m, errM := memory[i].Value()
		n, errN := length[i].Value()
		if errM == nil && errN == nil && !m.IsNull() {
			_, g := s.c.Locate(key)
			found = append(found, bigKey{Key: jsonText(key), Memory: m.Int, Value: n.Int, Group: g.ID, text: key})
		}
	}
	return found, err
}

func (r *bigKeysResult) status() int {
	if len(r.Keys) == 0 {
		return ExitNotFound
	}
	return ExitDone
}

func (r *bigKeysResult) data() any { return r }

func (r *bigKeysResult) text(p *printer) error {
	t := newTable(p, "memory", "value", "group", "key")
	t.right("memory", "value")
	for _, k := range r.Keys {
		t.add(size(k.Memory), size(k.Value), k.Group, p.escape(k.text, false))
	}
	if err := t.write(); err != nil {
		return err
	}
	return p.line(p.paint(dim, plural(r.Looked, "key", "keys")+" measured, "+size(r.Memory)+" in total"))
}
