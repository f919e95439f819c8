package policies

import "container/heap"

// Optimum is Fixed for the cache that evicts what will be asked for last (Belady 1966).
func (r *Requests) Optimum(objects, from int) float64 {
	next := r.nextUses()
	held := make([]int32, r.Count) // when the key is asked for next; 0: it is not there
	var later uses
	asked, entries := 0, 0
	return r.misses(from, func(k int32) bool {
		hit := held[k] != 0
		if !hit && entries == objects {
			u := heap.Pop(&later).(use)
			for held[u.key] != u.at { // it was asked for meanwhile, or is gone
				u = heap.Pop(&later).(use)
			}
			held[u.key] = 0
		} else if !hit {
			entries++
		}
		held[k] = next[asked]
		heap.Push(&later, use{next[asked], k})
		asked++
		return hit
	})
}

// nextUses returns for each request when its key is asked for again; for the last, the number of requests.
func (r *Requests) nextUses() []int32 {
	next, last := make([]int32, len(r.Keys)), make([]int32, r.Count)
	for i := range last {
		last[i] = int32(len(r.Keys))
	}
	for i := len(r.Keys) - 1; i >= 0; i-- {
		next[i], last[r.Keys[i]] = last[r.Keys[i]], int32(i)
	}
	return next
}

type use struct{ at, key int32 }

// uses is a heap whose top is the latest.
type uses []use

func (u uses) Len() int           { return len(u) }
func (u uses) Less(i, j int) bool { return u[i].at > u[j].at }
func (u uses) Swap(i, j int)      { u[i], u[j] = u[j], u[i] }
func (u *uses) Push(x any)        { *u = append(*u, x.(use)) }
func (u *uses) Pop() any {
	last := len(*u) - 1
	x := (*u)[last]
	*u = (*u)[:last]
	return x
}
