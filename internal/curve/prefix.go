package curve

// Prefix has the sizes and counters of the keys with a prefix of the config, and predicts their hit ratio.
type Prefix struct {
	Prefix    string `json:"prefix"`
	Min       int64  `json:"min,omitempty"` // bytes; 0: no floor
	Max       int64  `json:"max,omitempty"` // 0: no ceiling
	Entries   int64  `json:"entries"`
	Bytes     int64  `json:"bytes"`
	Hits      int64  `json:"hits"`
	Misses    int64  `json:"misses"`
	Evictions int64  `json:"evictions"`
	// Counting says that Entries and Bytes are too small as yet: see lru.PrefixStats.
	Counting bool `json:"counting,omitempty"`
	// SampledReads, Points and Why are as those of Curve, for reads of these keys.
	SampledReads int64   `json:"sampledReads"`
	Points       []Point `json:"points,omitempty"`
	Why          string  `json:"why,omitempty"`
}
