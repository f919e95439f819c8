package topology

import "slices"

// Merge combines two topologies: the servers, groups and weights of the one with the higher
// Version, of base if they are equal, for each group the leader of the higher epoch, and the later owners of slots. It
// changes neither.
func Merge(base, other *Topology) *Topology {
	if other.Version > base.Version {
		base, other = other, base
	}
	merged := *base
	merged.Groups = slices.Clone(base.Groups)
	for i := range merged.Groups {
		g := &merged.Groups[i]
		at := slices.IndexFunc(other.Groups, func(o Group) bool { return o.Name == g.Name })
		if at >= 0 {
			merged.lead(g, Leadership{other.Groups[at].Epoch, other.Groups[at].Leader})
		}
	}
	merged.takeSlots(other)
	return &merged
}

// takeSlots takes the owners of slots and the moves of other, if they are later than t's and name groups of t.
func (t *Topology) takeSlots(other *Topology) {
	s := other.Slots
	if s == nil || t.Slots != nil && t.Slots.Version >= s.Version {
		return
	}
	later := *t
	later.Slots, later.Moves = s, other.Moves
	if later.CheckSlots() == nil {
		*t = later
	}
}

// Leadership is a group's leader and its epoch.
type Leadership struct {
	Epoch  uint64
	Leader string
}

// lead makes l the leadership of g, if it is of a later epoch and its leader is a server of the group.
func (t *Topology) lead(g *Group, l Leadership) {
	s, known := t.Server(l.Leader)
	if l.Epoch <= g.Epoch || !known || s.Group != g.Name {
		return
	}
	members := g.Members()
	if !slices.Contains(members, l.Leader) {
		members = append(members, l.Leader)
	}
	g.Epoch, g.Leader = l.Epoch, l.Leader
	g.Followers = slices.DeleteFunc(members, func(id string) bool { return id == l.Leader })
}

// WithLeaders returns t with the given leaderships of later epochs, by the groups' names. It does not change t.
func (t *Topology) WithLeaders(leaders map[string]Leadership) *Topology {
	changed := *t
	changed.Groups = slices.Clone(t.Groups)
	for i := range changed.Groups {
		g := &changed.Groups[i]
		if l, ok := leaders[g.Name]; ok {
			changed.lead(g, l)
		}
	}
	return &changed
}
