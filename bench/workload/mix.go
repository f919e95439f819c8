package workload

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Kind is what a request does.
type Kind uint8

// The kinds of requests.
const (
	Get     Kind = iota // read a value
	Set                 // store a value
	Delete              // remove a key
	MGet                // read several values by one request
	Incr                // add one to a counter; counters have keys of their own
	TTL                 // give a key a new time to live
	Command             // a command of the workload's own, whose reply is checked for its form only
	Kinds               // how many there are
)

var kindNames = [Kinds]string{"get", "set", "delete", "mget", "incr", "ttl", "command"}

func (k Kind) String() string { return kindNames[k] }

// Reads reports whether k asks for values.
func (k Kind) Reads() bool { return k == Get || k == MGet }

// mix draws kinds by their weights.
type mix struct {
	upTo  [Kinds]uint64 // in 2^32 parts
	share [Kinds]float64
}

// parseMix reads weights such as get=90,set=10.
func parseMix(s string) (m mix, err error) {
	total := 0.0
	for part := range strings.SplitSeq(s, ",") {
		name, weight, ok := strings.Cut(part, "=")
		k := Kind(0)
		for k < Kinds && kindNames[k] != name {
			k++
		}
		w, err := strconv.ParseFloat(weight, 64)
		if !ok || err != nil || k == Kinds || w < 0 || math.IsInf(w, 0) || math.IsNaN(w) {
			return m, fmt.Errorf("mix %q: %q is not KIND=WEIGHT with one of %s", s, part, strings.Join(kindNames[:], ", "))
		}
		m.share[k] += w
		total += w
	}
	if total <= 0 {
		return m, fmt.Errorf("mix %q: the weights add up to nothing", s)
	}
	sum := 0.0
	for k := range m.share {
		m.share[k] /= total
		sum += m.share[k]
		m.upTo[k] = uint64(math.Round(sum * (1 << 32)))
	}
	for k := int(Kinds) - 1; k >= 0; k-- { // rounding must leave nothing above the last kind in use
		m.upTo[k] = 1 << 32
		if m.share[k] > 0 {
			break
		}
	}
	return m, nil
}

func (m *mix) next(r *rand.PCG) Kind {
	u := r.Uint64() >> 32
	for k := range m.upTo {
		if u < m.upTo[k] {
			return Kind(k)
		}
	}
	return Kinds - 1
}
