package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sort"
	"strconv"
)

// mostDescription is the most bytes of a description of requests, which is held in memory.
const mostDescription = 4 << 20

// description says what requests are like, by the names that CacheLib's benchmark has for it.
type description struct {
	Buckets []float64 `json:"popularityBuckets"`       // how many keys are about as popular as one another
	Weights []float64 `json:"popularityWeights"`       // requests for the keys of each bucket
	OneHits float64   `json:"oneHits"`                 // share of the requests whose key is asked for once
	Sizes   []float64 `json:"valSizeRange"`            // of values in bytes
	Shares  []float64 `json:"valSizeRangeProbability"` // of the keys, in any unit, that have each size
	Keys    float64   `json:"numKeys"`                 // 0: as many as are in the buckets; if fewer, each stands for several
	Ops     int64     `json:"numOps"`                  // requests to draw; 0: as many as are described
	Seed    uint64    `json:"seed"`
}

// isDescription reports whether a text that begins with head may be a description.
func isDescription(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) &&
		(bytes.Contains(head, []byte(`"popularity`)) || bytes.Contains(head, []byte(`"valSizeRange`)))
}

// drawn draws requests from a description: each is independent of those before it, so that there is no order to be found
// in them. The same description gives the same requests.
type drawn struct {
	random  *rand.Rand
	oneHits float64
	weights sums
	buckets sums
	scale   float64 // keys drawn for a key of the buckets
	keys    uint64  // that are asked for again; those asked for once have the numbers behind them
	once    uint64  // drawn so far
	left    int64   // requests

	seed   uint64
	sizing rand.PCG // begun anew for each key, so that a key's value has one size
	shares sums     // none if no sizes are described
	sizes  []float64

	key []byte
}

// openDistribution reads a description. Its parts may come as several JSON objects one after another.
func openDistribution(_ *Reader, in *bufio.Reader) (source, error) {
	var d description
	limited := &io.LimitedReader{R: in, N: mostDescription}
	for objects := json.NewDecoder(limited); ; {
		switch err := objects.Decode(&d); {
		case errors.Is(err, io.EOF) && limited.N > 0:
			return d.source()
		case limited.N <= 0:
			return nil, fmt.Errorf("the description is longer than %d bytes", mostDescription)
		case err != nil:
			return nil, fmt.Errorf("offset %d: read the description: %w", objects.InputOffset(), err)
		}
	}
}

func (d *description) source() (*drawn, error) {
	s := &drawn{random: rand.New(rand.NewPCG(d.Seed, 0)), oneHits: d.OneHits, seed: d.Seed, sizes: d.Sizes}
	var err error
	if s.buckets, err = sumsOf("popularityBuckets", d.Buckets); err != nil {
		return nil, err
	}
	if s.weights, err = sumsOf("popularityWeights", d.Weights); err != nil {
		return nil, err
	}
	all := s.buckets.total()
	if d.Keys == 0 {
		d.Keys = all
	}
	switch {
	case len(s.buckets) != len(s.weights):
		return nil, fmt.Errorf("there are %d popularityBuckets and %d popularityWeights", len(s.buckets), len(s.weights))
	case !(d.OneHits >= 0 && d.OneHits < 1):
		return nil, fmt.Errorf("oneHits %g is no share of the requests below 1", d.OneHits)
	case !(d.Keys >= 1 && d.Keys <= all):
		return nil, fmt.Errorf("numKeys %g: there are 1 to %.0f in the popularityBuckets", d.Keys, all)
	case d.Ops < 0:
		return nil, fmt.Errorf("numOps %d is no number of requests", d.Ops)
	case len(d.Sizes) != len(d.Shares):
		return nil, fmt.Errorf("valSizeRange has %d sizes and valSizeRangeProbability %d; it must be as many", len(d.Sizes), len(d.Shares))
	}
	s.keys, s.scale, s.left = uint64(d.Keys), d.Keys/all, d.Ops
	if d.Ops == 0 {
		s.left = int64(min(s.weights.total()/(1-d.OneHits), mostSum))
	}
	for _, size := range d.Sizes {
		if !(size >= 0 && size <= 1<<50) {
			return nil, fmt.Errorf("valSizeRange: %g is not a number of bytes", size)
		}
	}
	if len(d.Sizes) > 0 {
		s.shares, err = sumsOf("valSizeRangeProbability", d.Shares)
	}
	return s, err
}

func (s *drawn) next(q *Request) error {
	if s.left == 0 {
		return io.EOF
	}
	s.left--
	key := s.keys + s.once
	if s.random.Float64() < s.oneHits {
		s.once++
	} else {
		key = s.popular()
	}
	s.key = strconv.AppendUint(s.key[:0], key, 10)
	*q = Request{Key: s.key, Size: s.size(key)}
	return nil
}

// popular draws one of the keys that are asked for again: a bucket by its weight, and a key of it, all alike.
func (s *drawn) popular() uint64 {
	i := s.weights.draw(s.random.Float64())
	before := 0.0
	if i > 0 {
		before = s.buckets[i-1]
	}
	place := before + s.random.Float64()*(s.buckets[i]-before)
	return min(uint64(place*s.scale), s.keys-1)
}

// size is the size of a key's value; -1 if none are described.
func (s *drawn) size(key uint64) int64 {
	if len(s.shares) == 0 {
		return -1
	}
	s.sizing.Seed(s.seed, key)
	return int64(s.sizes[s.shares.draw(float64(s.sizing.Uint64()>>11)/(1<<53))])
}

// sums are a list's sums up to and with each number of it.
type sums []float64

// mostSum is the largest sum: below it, whole numbers are exact.
const mostSum = 1 << 53

func sumsOf(name string, list []float64) (sums, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("there are no %s; the objects that describe popularity and sizes stand in one file, one after another", name)
	}
	all, sum := make(sums, 0, len(list)), 0.0
	for _, n := range list {
		if !(n >= 0) {
			return nil, fmt.Errorf("%s: %g is less than 0", name, n)
		}
		sum += n
		all = append(all, sum)
	}
	if !(sum > 0 && sum <= mostSum) {
		return nil, fmt.Errorf("%s: the sum of %d numbers is %g; it must be more than 0, and %.0f at most", name, len(list), sum, float64(mostSum))
	}
	return all, nil
}

func (s sums) total() float64 { return s[len(s)-1] }

// draw returns the place of a number of the list, each as likely as it is large, for a share from 0 to below 1.
func (s sums) draw(share float64) int {
	place := share * s.total()
	i := sort.Search(len(s), func(i int) bool { return s[i] > place })
	return min(i, len(s)-1) // place may have been rounded up
}
