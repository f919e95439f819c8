package result

// Throughput is how many requests a second were answered within the measured time.
func (r *Round) Throughput() float64 {
	return r.aSecond(r.Requests - r.Flow.Drained + r.Flow.Early)
}

// Offered is how many requests a second were due.
func (r *Round) Offered() float64 { return r.aSecond(r.Flow.Due) }

// SentRate is how many requests a second were sent within the measured time.
func (r *Round) SentRate() float64 { return r.aSecond(r.Flow.Sent) }

// Goodput is how many requests a second were answered correctly within Flow.Within.
func (r *Round) Goodput() float64 { return r.aSecond(r.Flow.Good) }

func (r *Round) aSecond(n int64) float64 {
	if r.Seconds <= 0 {
		return 0
	}
	return float64(n) / r.Seconds
}

// ServerMicros is the server's CPU an answered request in microseconds; 0: not known.
func (r *Round) ServerMicros() float64 {
	if r.Requests == 0 {
		return 0
	}
	return r.ServerCPU * 1e6 / float64(r.Requests)
}

// HitRatio is the share of reads that found something; ok is false if there were no reads.
func (r *Round) HitRatio() (ratio float64, ok bool) {
	if n := r.Hits + r.Misses; n > 0 {
		return float64(r.Hits) / float64(n), true
	}
	return 0, false
}

// ErrorCount is the number of errors of all kinds.
func (r *Round) ErrorCount() (n int64) {
	for _, k := range r.Errors {
		n += k
	}
	return n
}
