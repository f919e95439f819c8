package policies

import (
	"fmt"

	"github.com/cachegopher/cachegopher/bench/trace"
)

// Requests are the reads of a trace.
type Requests struct {
	Keys  []int32 // numbered in the order in which they came
	Sizes []uint32
	Count int // of different keys
}

// Load reads the trace in a file.
func Load(path string) (*Requests, error) {
	in, err := trace.Open(path, "")
	if err != nil {
		return nil, fmt.Errorf("open a trace: %w", err)
	}
	defer in.Close() //nolint:errcheck // only read from
	r, numbers := &Requests{}, map[string]int32{}
	for q := (trace.Request{}); in.Next(&q); {
		k, ok := numbers[string(q.Key)]
		if !ok {
			k = int32(len(numbers))
			numbers[string(q.Key)] = k
		}
		r.Keys = append(r.Keys, k)
		r.Sizes = append(r.Sizes, uint32(max(q.Size, 1)))
	}
	r.Count = len(numbers)
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

// Twice is the requests followed by themselves.
func (r *Requests) Twice() *Requests {
	return &Requests{append(r.Keys[:len(r.Keys):len(r.Keys)], r.Keys...), append(r.Sizes[:len(r.Sizes):len(r.Sizes)], r.Sizes...), r.Count}
}

// shortest is the number of requests that need not be replayed twice.
const shortest = 900_000

// Learned is what is replayed of requests to compare ways that learn, and from which request on misses count: few requests are
// replayed twice, and the second time counts.
func (r *Requests) Learned() (replayed *Requests, from int) {
	if len(r.Keys) < shortest {
		return r.Twice(), len(r.Keys)
	}
	return r, 0
}

// Objects is the number of objects of a cache that has room for this share of the keys.
func (r *Requests) Objects(share float64) int { return int(share*float64(r.Count) + .5) }

// Join is the requests of all, one after another, for keys that differ.
func Join(all ...*Requests) *Requests {
	joined := &Requests{}
	for _, r := range all {
		for _, k := range r.Keys {
			joined.Keys = append(joined.Keys, k+int32(joined.Count))
		}
		joined.Sizes = append(joined.Sizes, r.Sizes...)
		joined.Count += r.Count
	}
	return joined
}

// hash is the hash of a key by its number.
func hash(key int32) uint64 {
	h := uint64(key) + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
