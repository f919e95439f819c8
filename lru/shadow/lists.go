package shadow

// The lists of a simulation. A key is in at most one of them.
const (
	none = iota
	window
	main // of LRU and SIEVE: everything
	ghost
)

const (
	listBits = 3      // of a key's state: the list
	oneUse   = 1 << 2 // the unit of its count of uses
	mostUses = 3 * oneUse
	allLists = 4
)

// lists are the queues of one simulation, newest first, through the keys of a bank.
type lists[N index] struct {
	keys       *keys[N]
	next, prev []N // next is older; the list's own node follows the keys
	state      []uint8
	bytes      [allLists]int64
	count      [allLists]int
	apart      *apart[N] // nil: no part has a floor or a ceiling
}

// newLists returns the lists of n simulations. They share one array of links, as the allocator would round up many small ones.
func newLists[N index](k *keys[N], n int) []lists[N] {
	all, nodes := make([]lists[N], n), len(k.hash)+allLists
	links := make([]N, 2*n*nodes)
	for i := range all {
		at := 2 * i * nodes
		all[i] = lists[N]{keys: k, next: links[at : at+nodes], prev: links[at+nodes : at+2*nodes], state: make([]uint8, len(k.hash))}
		all[i].clear()
	}
	return all
}

// clear empties the lists without releasing keys.
func (l *lists[N]) clear() {
	clear(l.state)
	for i := range allLists {
		root := l.root(i)
		l.next[root], l.prev[root] = root, root
		l.bytes[i], l.count[i] = 0, 0
	}
	l.apart.clear()
}

func (l *lists[N]) root(list int) N { return N(len(l.state) + list) }

func (l *lists[N]) in(k N) int { return int(l.state[k] & listBits) }

// oldest returns the list's root if the list is empty.
func (l *lists[N]) oldest(list int) N { return l.prev[l.root(list)] }

// link puts k, which is in no list, to the newest end with no uses.
func (l *lists[N]) link(k N, list int) {
	root := l.root(list)
	first := l.next[root]
	l.next[k], l.prev[k] = first, root
	l.next[root], l.prev[first] = k, k
	l.state[k] = uint8(list)
	l.bytes[list] += int64(l.keys.size[k])
	l.count[list]++
	l.countPart(k, int64(l.keys.size[k]))
}

func (l *lists[N]) unlink(k N) {
	list := l.in(k)
	l.countPart(k, -int64(l.keys.size[k]))
	l.apart.leave(k, l.prev[k])
	l.next[l.prev[k]], l.prev[l.next[k]] = l.next[k], l.prev[k]
	l.state[k] = none
	l.bytes[list] -= int64(l.keys.size[k])
	l.count[list]--
}

// move puts k to the newest end of a list; it keeps its uses.
func (l *lists[N]) move(k N, list int) {
	uses := l.state[k] &^ listBits
	l.unlink(k)
	l.link(k, list)
	l.state[k] |= uses
}
