package compare

import (
	"math"
	"math/rand/v2"

	"github.com/cachegopher/cachegopher/bench/result"
)

// weather is the noise of a machine that is not ours alone: slow drift, in which each round resembles the one before it;
// rounds that something else disturbs; and noise of their own.
type weather struct {
	r     *rand.Rand
	drift float64
}

func newWeather(seed uint64) *weather { return &weather{r: rand.New(rand.NewPCG(seed, 1))} }

// round is a round of a program that is slower by a factor, in a process with its own luck.
func (w *weather) round(slower, luck float64) *result.Round {
	const stays = 0.8 // correlation of a round's drift with the next one's
	w.drift = stays*w.drift + math.Sqrt(1-stays*stays)*0.03*w.r.NormFloat64()
	slow := slower * math.Exp(w.drift+luck+0.01*w.r.NormFloat64())
	if w.r.Float64() < 0.02 {
		slow *= 1.3
	}
	tail := func(sd float64) int64 { return int64(1e6 * slow * math.Exp(sd*w.r.NormFloat64())) }
	return &result.Round{Seconds: 1, Requests: int64(100_000 / slow), Hits: 1, ServerCPU: 0.7, Resident: int64(1e8 * (1 + 0.001*w.r.NormFloat64())),
		Latency: result.Summary{P50: tail(0.005), P99: 3 * tail(0.05), P999: 9 * tail(0.15)}}
}

// luck is what a process keeps for its life.
func (w *weather) luck() float64 { return 0.012 * w.r.NormFloat64() }
