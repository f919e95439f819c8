package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/policy"
)

func newCache(t testing.TB, o lru.Options) lru.Shards {
	t.Helper()
	c, err := lru.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c.Shards()
}

func save(t testing.TB, c lru.Shards, path string) Result {
	t.Helper()
	r, err := Save(context.Background(), c, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func load(t testing.TB, c lru.Shards, path string) Loaded {
	t.Helper()
	l, err := Load(context.Background(), c, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// entry is an entry of a model.
type entry struct {
	value    string
	expireAt int64
}

// contents returns all entries of c.
func contents(c lru.Shards) map[string]entry {
	all := map[string]entry{}
	for cursor := uint64(0); ; {
		cursor = c.Scan(cursor, 100, c.Now(), func(r lru.Reader, e lru.Entry, key []byte) {
			all[string(key)] = entry{string(r.AppendValue(nil, e)), r.Expiry(e)}
		})
		if cursor == 0 {
			return all
		}
	}
}

// TestModel saves and loads random entries: binary keys, large values, with and without expiry, some expired meanwhile.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, policy := range policy.All() {
		now := int64(1_000_000)
		clock := func() int64 { return now }
		c := newCache(t, lru.Options{MaxMemory: 256 << 20, Policy: policy, Clock: clock, NoBackground: true})
		model := map[string]entry{}
		for range 5000 {
			key := make([]byte, 1+r.IntN(40))
			value := make([]byte, r.IntN(100))
			if r.IntN(100) == 0 {
				value = make([]byte, lru.MaxSize-len(key)-r.IntN(3))
			}
			for i := range key {
				key[i] = byte(r.Uint32())
			}
			for i := range value {
				value[i] = byte(r.Uint32())
			}
			e := entry{value: string(value)}
			if r.IntN(3) == 0 {
				e.expireAt = now + 1 + r.Int64N(2000)
			}
			if err := c.SetAt(key, value, e.expireAt); err != nil {
				t.Fatal(err)
			}
			model[string(key)] = e
		}
		path := filepath.Join(t.TempDir(), "snapshot")
		if n := save(t, c, path).Entries; n != int64(len(model)) {
			t.Errorf("%v: %d entries written, want %d", policy, n, len(model))
		}
		now += 1000
		expired := int64(0)
		for key, e := range model {
			if e.expireAt != 0 && e.expireAt <= now {
				delete(model, key)
				expired++
			}
		}
		other := newCache(t, lru.Options{MaxMemory: 256 << 20, Policy: policy, Clock: clock, NoBackground: true})
		l := load(t, other, path)
		if l.Entries != int64(len(model)) || l.Expired != expired || l.Lost != 0 || l.Damage != nil {
			t.Errorf("%v: %+v, want %d entries and %d expired", policy, l, len(model), expired)
		}
		got := contents(other)
		for key, e := range model {
			if got[key] != e {
				t.Fatalf("%v: %q: %+v, want %+v", policy, key, got[key], e)
			}
		}
		if len(got) != len(model) {
			t.Errorf("%v: %d entries, want %d", policy, len(got), len(model))
		}
	}
}

// TestOrder checks that a smaller store keeps the entries used most recently, whether the writer takes one pass or many.
func TestOrder(t *testing.T) {
	const n, keeps = 200_000, 10_000
	for _, memory := range []int64{0, 64 << 20} { // one pass, and four
		c := newCache(t, lru.Options{MaxEntries: n, MaxMemory: memory, Shards: 16, Policy: lru.ExactLRU})
		key := func(i int) []byte { return fmt.Appendf(nil, "key%07d", i) }
		for i := range n {
			if err := c.SetAt(key(i), nil, 0); err != nil {
				t.Fatal(err)
			}
		}
		for i := 0; i < n; i += 4 * n / keeps { // a quarter of what fits is used last
			if _, ok := c.Get(nil, key(i)); !ok {
				t.Fatalf("%s is not there", key(i))
			}
		}
		path := filepath.Join(t.TempDir(), "snapshot")
		save(t, c, path)
		small := newCache(t, lru.Options{MaxEntries: keeps, Shards: 1, Policy: lru.ExactLRU})
		load(t, small, path)
		got := contents(small)
		used, newest := 0, 0
		for i := range n {
			_, ok := got[string(key(i))]
			if ok && i%(4*n/keeps) == 0 {
				used++
			} else if ok && i >= n-keeps {
				newest++
			}
		}
		// Ages are those of each shard, and shards differ a little in their number of uses.
		if used < keeps/4*99/100 || newest < keeps*3/4*9/10 {
			t.Errorf("memory %d: %d of %d used entries and %d of %d newest ones are there", memory, used, keeps/4, newest, keeps*3/4)
		}
	}
}

// TestInUse saves, in one pass and in many, while others write, read, delete and change the limits: what stays is in the
// file, with a value that it had meanwhile.
func TestInUse(t *testing.T) {
	t.Run("same limits", func(t *testing.T) { saveInUse(t, false) })
	t.Run("other limits", func(t *testing.T) { saveInUse(t, true) })
}

func saveInUse(t *testing.T, limits bool) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const stays, others = 20_000, 20_000
	c := newCache(t, lru.Options{MaxMemory: 64 << 20, Policy: lru.ExactLRU})
	stay := func(i int) []byte { return fmt.Appendf(nil, "stay%06d", i) }
	for i := range stays {
		if err := c.SetAt(stay(i), []byte("0"), 0); err != nil {
			t.Fatal(err)
		}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		r := rand.New(rand.NewPCG(seed, 1))
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			other := fmt.Appendf(nil, "other%d", r.IntN(others))
			switch r.IntN(4) {
			case 0:
				c.Get(nil, stay(r.IntN(stays)))
			case 1:
				_ = c.SetAt(stay(r.IntN(stays)), []byte("1"), 0)
			case 2:
				_ = c.SetAt(other, bytes.Repeat([]byte("x"), r.IntN(500)), 0)
			case 3:
				c.Delete(other)
			}
			if limits && n%5000 == 0 { // another number of shards
				_ = c.SetLimits(0, []int64{64 << 20, 1 << 30}[n/5000%2])
			}
		}
	}()
	path := filepath.Join(t.TempDir(), "snapshot")
	for i := range 4 {
		if _, err := Save(context.Background(), c, path, Options{notes: []int{0, 2000}[i%2]}); err != nil {
			t.Fatal(err)
		}
		other := newCache(t, lru.Options{MaxMemory: 256 << 20})
		if l := load(t, other, path); l.Damage != nil || l.Lost != 0 {
			t.Errorf("%+v", l)
		}
		for i := range stays {
			if v, ok := other.Get(nil, stay(i)); !ok || string(v) != "0" && string(v) != "1" {
				t.Fatalf("%s is %q, %v", stay(i), v, ok)
			}
		}
	}
	close(stop)
	<-stopped
}

// TestNotRegular refuses what is not a regular file, without waiting for a FIFO's reader.
func TestNotRegular(t *testing.T) {
	c := newCache(t, lru.Options{MaxEntries: 10})
	folder := t.TempDir()
	fifo := filepath.Join(folder, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, folder, "/dev/null"} {
		if _, err := Save(context.Background(), c, path, Options{}); err == nil {
			t.Errorf("%s is written", path)
		}
		if _, err := Load(context.Background(), c, path, Options{}); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s is read: %v", path, err)
		}
	}
	if _, err := Load(context.Background(), c, filepath.Join(folder, "none"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	text := filepath.Join(folder, "text")
	if err := os.WriteFile(text, []byte("something that somebody needs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(context.Background(), c, text, Options{}); !errors.Is(err, ErrUnreadable) {
		t.Error(err)
	}
}

// TestDamaged loads a file with damage in one block, and one that was cut off.
func TestDamaged(t *testing.T) {
	const n = 20_000
	c := newCache(t, lru.Options{MaxEntries: n})
	for i := range n {
		if err := c.SetAt(fmt.Appendf(nil, "key%d", i), make([]byte, 100), 0); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "snapshot")
	save(t, c, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data[len(data)/2] ^= 1
	write(data)
	other := newCache(t, lru.Options{MaxEntries: n})
	l := load(t, other, path)
	if l.Damage == nil || l.Entries+l.Lost != n || l.Lost == 0 || l.Entries < n/2 {
		t.Errorf("damaged: %+v", l)
	}
	write(data[:len(data)-100])
	other.Flush()
	if l = load(t, other, path); l.Damage == nil || l.Lost != -1 || l.Entries < n/2 {
		t.Errorf("cut off: %+v", l)
	}
}

// TestCancelled leaves the old file, and nothing beside it.
func TestCancelled(t *testing.T) {
	c := newCache(t, lru.Options{MaxEntries: 100_000})
	for i := range 100_000 {
		if err := c.SetAt(fmt.Appendf(nil, "key%d", i), make([]byte, 100), 0); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "snapshot")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Save(ctx, c, path, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	left, err := os.ReadDir(folder)
	if data, _ := os.ReadFile(path); err != nil || len(left) != 1 || string(data) != "old" {
		t.Errorf("%v, %v, %q", left, err, data)
	}
	part := path + ".part-123"
	if err := os.WriteFile(part, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := RemoveLeftovers(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(part); !errors.Is(err, fs.ErrNotExist) {
		t.Error("what a killed writer left is there still")
	}
}
