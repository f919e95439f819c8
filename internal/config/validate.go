package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/epochs"
)

// maxID is the longest id of a server in bytes.
const maxID = 64

// Validate checks everything that can be checked without looking up names. It returns Errors or nil.
func (f *File) Validate() error {
	found := &faults{file: f.Path, lines: f.lines}
	f.validate(found)
	return found.err()
}

func (f *File) validate(found *faults) {
	f.keys().check(found, "")
	if found.under("servers") {
		return // faults that follow from that one would hide it
	}
	if len(f.Servers) == 0 && len(found.found) > 0 {
		return // as with a misspelt "servers"
	}
	if len(f.Servers) == 0 {
		found.add("servers", "there is none", `add at least one, as in {"id": "server_A1", "address": "localhost:31337", "role": "primary"}`)
		return
	}
	f.checkIdentities(found)
	if !found.under("servers") {
		f.checkRelations(found)
		f.checkSecurity(found)
	}
}

// Validate checks the ranges of n's settings and its addresses, for a program that changed some. It
// returns Errors or nil. Port 0 passes in an address.
func (n *Node) Validate() error {
	found := &faults{}
	n.Settings.keys().check(found, "")
	n.checkFloors(found, "prefixes")
	for i, a := range n.Addresses {
		good, err := CheckAddress(a, true)
		if err != nil {
			found.add("address", err.Error(), "")
			continue
		}
		n.Addresses[i] = good
	}
	return found.err()
}

// checkIdentities checks that each server has a unique id, an address and a role.
func (f *File) checkIdentities(found *faults) {
	first := make(map[string]int, len(f.Servers))
	for i := range f.Servers {
		n, at := &f.Servers[i], element("servers", i)
		switch other, twice := first[n.ID]; {
		case n.ID == "":
			found.add(at, `"id" is missing`, `add an "id" that no other server has`)
		case !goodID(n.ID):
			found.add(at+".id", quote(n.ID)+" is not a valid id", fmt.Sprintf("give 1 to %d letters, digits, and any of _ - . : @", maxID))
		case twice:
			found.add(at+".id", fmt.Sprintf("%q is the id of servers[%d] too", n.ID, other), "give each server an id of its own")
		default:
			first[n.ID] = i
		}
		n.checkFloors(found, at+".prefixes")
		if len(n.Addresses) == 0 {
			found.add(at, `"address" is missing`, `add "address": "host:port"`)
		}
		if n.Role == "" {
			found.add(at, `"role" is missing`, `add "role": "primary" or "role": "secondary"`)
		}
	}
}

func goodID(id string) bool {
	return len(id) <= maxID && strings.Trim(id, "_-.:@0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// checkRelations checks primary and secondaries against each other. A wrong relation is reported on one side only.
func (f *File) checkRelations(found *faults) {
	byID := make(map[string]*Node, len(f.Servers))
	for i := range f.Servers {
		byID[f.Servers[i].ID] = &f.Servers[i]
	}
	for i := range f.Servers {
		if n, at := &f.Servers[i], element("servers", i); n.Role == Primary {
			f.checkPrimary(found, at, n, byID)
		} else {
			f.checkSecondary(found, at, n, byID)
		}
		f.checkEpochs(found, i)
	}
}

// checkEpochs checks that a server and those before it of its group would lead in different epochs.
func (f *File) checkEpochs(found *faults, i int) {
	n := &f.Servers[i]
	var others []string
	for _, o := range f.Servers[:i] {
		if o.Group == n.Group {
			others = append(others, o.ID)
		}
	}
	if rival, is := epochs.Rival(n.ID, others); is {
		found.add(element("servers", i)+".id", fmt.Sprintf("the epochs of %s and %s would be the same", rival, n.ID), "give one of the two another id")
	}
}

func (f *File) checkSecondary(found *faults, at string, n *Node, byID map[string]*Node) {
	if len(n.Secondaries) > 0 {
		found.add(at+".secondaries", "a secondary has no secondaries of its own", fmt.Sprintf("remove them, or make %s a primary", n.ID))
	}
	if n.Weight != 0 {
		found.add(at+".weight", "a secondary has no weight of its own, it holds what its primary holds", "remove it, or give it to the primary")
	}
	primary := byID[n.Primary]
	primaries := joinIDs(f.Servers, Primary)
	switch key := at + ".primary"; {
	case n.Primary == "":
		found.add(at, fmt.Sprintf(`the group of secondary %s has no primary, since "primary" is missing`, n.ID), `add "primary": with one of: `+primaries)
	case primary == nil:
		found.add(key, "no server has id "+quote(n.Primary), "known: "+primaries)
	case primary == n:
		found.add(key, n.ID+" names itself", "known primaries: "+primaries)
	case primary.Role != Primary:
		found.add(key, fmt.Sprintf("the group of %s has no primary, since %s is a secondary", n.ID, n.Primary), "known primaries: "+primaries)
	case !slices.Contains(primary.Secondaries, n.ID) && !f.listed(n.ID):
		found.add(key, fmt.Sprintf("%s does not list %s among its secondaries", n.Primary, n.ID), fmt.Sprintf("add %q to the secondaries of %s", n.ID, n.Primary))
	case n.Group != primary.Group:
		found.add(at+".group", fmt.Sprintf("%s is in group %s, but its primary %s is in group %s", n.ID, quote(n.Group), primary.ID, quote(primary.Group)), "give all members of a group the same name")
	}
}

// listed reports whether any primary has id among its secondaries.
func (f *File) listed(id string) bool {
	return slices.ContainsFunc(f.Servers, func(n Node) bool {
		return n.Role == Primary && slices.Contains(n.Secondaries, id)
	})
}

func (f *File) checkPrimary(found *faults, at string, n *Node, byID map[string]*Node) {
	if n.Primary != "" {
		found.add(at+".primary", fmt.Sprintf("%s is a primary, which has none itself", n.ID), `remove "primary", or set "role": "secondary"`)
	}
	if !goodID(n.Group) {
		found.add(at+".group", quote(n.Group)+" is not a valid group name", fmt.Sprintf("give 1 to %d letters, digits, and any of _ - . : @", maxID))
	}
	for i := range f.Servers {
		if o := &f.Servers[i]; o == n {
			break
		} else if o.Role == Primary && o.Group == n.Group {
			found.add(at+".group", fmt.Sprintf("primaries %s and %s are both in group %s", o.ID, n.ID, quote(n.Group)), "give each group a name of its own; without one it is the primary's id")
		}
	}
	for i, id := range n.Secondaries {
		key, other := element(at+".secondaries", i), byID[id]
		switch {
		case slices.Contains(n.Secondaries[:i], id):
			found.add(key, quote(id)+" is listed twice", "remove one")
		case other == nil:
			found.add(key, "no server has id "+quote(id), "known secondaries: "+joinIDs(f.Servers, Secondary))
		case other == n:
			found.add(key, id+" lists itself", "remove it")
		case other.Role == Primary:
			found.add(key, id+" is a primary", fmt.Sprintf("remove it, or give %s the role secondary", id))
		case other.Primary != n.ID && byID[other.Primary] != nil && byID[other.Primary].Role == Primary:
			found.add(key, fmt.Sprintf("%s names %s as its primary", id, other.Primary), fmt.Sprintf("remove it here, or set its primary to %s", n.ID))
		}
	}
}
