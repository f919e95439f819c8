package client

import (
	"os"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/config"
)

// place is where a connection can be made to.
type place struct{ network, address string }

// Addresses are all addresses of the member but the one for TLS.
func (m Member) Addresses() []string { return append([]string{m.Address}, m.More...) }

// checkAddresses finds addresses that cannot be dialled.
func (m Member) checkAddresses() error {
	all := m.Addresses()
	if m.TLSAddress != "" {
		all = append(all, m.TLSAddress)
	}
	for _, a := range all {
		if _, err := config.CheckAddress(a, false); err != nil {
			return err
		}
	}
	return nil
}

// identity is the same for two members when connections to the one serve for the other.
func (m Member) identity() string {
	return strings.Join(append([]string{m.ID, m.TLSAddress, m.Zone}, m.Addresses()...), "\x00")
}

// places are where the member is dialled, in the config's order. With TLS that is
// its address for TLS, if it has one. A socket that several members name, each on
// its own machine, could belong to any of them: it is left out where there is
// another way.
func (m Member) places(secure bool, shared map[string]bool) []place {
	addresses := m.Addresses()
	if secure && m.TLSAddress != "" {
		addresses = []string{m.TLSAddress}
	}
	var own, all []place
	for _, a := range addresses {
		if good, err := config.CheckAddress(a, false); err == nil {
			a = good
		}
		network, address := config.SplitAddress(a)
		all = append(all, place{network, address})
		if network != "unix" || !shared[a] {
			own = append(own, place{network, address})
		}
	}
	if len(own) > 0 {
		return own
	}
	return all
}

// sharedAddresses are those that more than one member has.
func (cfg *Config) sharedAddresses() map[string]bool {
	seen, shared := make(map[string]bool), make(map[string]bool)
	for _, g := range cfg.Groups {
		for _, m := range g.Members {
			for _, a := range m.Addresses() {
				shared[a] = shared[a] || seen[a]
				seen[a] = true
			}
		}
	}
	return shared
}

// present returns the places to try now: sockets that are there, then the rest of
// the network. When only sockets are known all of them are returned, so that the
// error says what is wrong with them.
func present(places []place) []place {
	if len(places) == 1 {
		return places
	}
	var now []place
	for _, p := range places {
		if p.network != "unix" {
			continue
		}
		if _, err := os.Stat(p.address); err == nil {
			now = append(now, p)
		}
	}
	for _, p := range places {
		if p.network != "unix" {
			now = append(now, p)
		}
	}
	if len(now) == 0 {
		return slices.Clone(places)
	}
	return now
}
