package client

import (
	"os"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/config"
)

// place is an address that can be dialled.
type place struct{ network, address string }

// Addresses returns all addresses of the member except the one for TLS.
func (m Member) Addresses() []string { return append([]string{m.Address}, m.More...) }

// checkAddresses returns an error for an address that cannot be dialled.
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

// identity is equal for two members if connections to one can be used for the other.
func (m Member) identity() string {
	return strings.Join(append([]string{m.ID, m.TLSAddress, m.Zone}, m.Addresses()...), "\x00")
}

// places returns where to dial the member, in the config's order: with TLS its address
// for TLS, if it has one. A unix socket that several members name, each on its own
// machine, could belong to any of them, so it is left out if there is another address.
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

// sharedAddresses returns the addresses that several members have.
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

// present returns the places to try now: unix sockets that exist, then the others. If
// there are only sockets and none exists, it returns all, so that the error says why.
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
