// Package curve has what nodes predict for other memory, as MEMORY CURVE answers it, and what the members of a group predict
// together.
package curve

// Curve predicts the hit ratio of a node, or of a group, with other memory.
type Curve struct {
	// SampledReads is of how many reads the prediction is; with less than some ten thousand it means little.
	SampledReads int64 `json:"sampledReads"`
	// Reads is how many reads there were of all keys since the start; 0: none, or an older node, which does not say.
	Reads int64 `json:"reads"`
	// Unit is what Size counts: bytes, or entries if there is a budget of these alone.
	Unit string `json:"unit"`
	// Points are in the order of Times. Those that may be off by more than a hundredth are left out.
	Points []Point `json:"points"`
	// Learning says that some points are left out, and Why the reason for the first.
	Learning bool   `json:"learning,omitempty"`
	Why      string `json:"why,omitempty"`
}

// Point is the hit ratio, from 0 to 1, with Times today's budget, which is Size.
type Point struct {
	Times    float64 `json:"times"`
	Size     int64   `json:"size"`
	HitRatio float64 `json:"hitRatio"`
}

// At returns the first point that there is of those for so many times today's budget; nil if there is none.
func (c *Curve) At(times ...float64) *Point {
	for _, t := range times {
		for i := range c.Points {
			if c.Points[i].Times == t {
				return &c.Points[i]
			}
		}
	}
	return nil
}

// weight is how many reads the prediction stands for.
func (c *Curve) weight() int64 {
	if c.Reads == 0 {
		return c.SampledReads
	}
	return c.Reads
}
