package sim

import "time"

// event is a call at a time. Events of the same time happen in the order of their numbers.
type event struct {
	at     time.Duration
	number uint64
	do     func()
}

// eventHeap is a heap of events, the next one first. Package container/heap would allocate for each event.
type eventHeap []event

func (h eventHeap) before(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].number < h[j].number
}

func (h *eventHeap) push(e event) {
	*h = append(*h, e)
	all := *h
	for i := len(all) - 1; i > 0; {
		up := (i - 1) / 2
		if !all.before(i, up) {
			return
		}
		all[i], all[up] = all[up], all[i]
		i = up
	}
}

func (h *eventHeap) pop() event {
	all := *h
	last := len(all) - 1
	next := all[0]
	all[0], all[last] = all[last], event{}
	all = all[:last]
	*h = all
	for i := 0; ; {
		down := 2*i + 1
		if down+1 < last && all.before(down+1, down) {
			down++
		}
		if down >= last || !all.before(down, i) {
			return next
		}
		all[i], all[down] = all[down], all[i]
		i = down
	}
}
