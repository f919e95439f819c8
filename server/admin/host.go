package admin

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// named serves only requests whose Host is an IP address, localhost or one of names. Otherwise a web page whose host name
// is made to resolve to this listener's address (DNS rebinding) could read everything here through an operator's browser.
// A request without Host, as in HTTP/1.0, does not come from a browser, and passes.
func named(names []string, h http.Handler) http.Handler {
	known := map[string]bool{"": true, "localhost": true}
	for _, name := range names {
		known[canonical(name)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r.Host)
		if _, err := netip.ParseAddr(host); err != nil && !known[canonical(host)] {
			http.Error(w, fmt.Sprintf("this listener does not answer to the name %q: use its IP address, or add the name to admin_names", host),
				http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// hostOf returns the host in a Host header, without port and without the brackets of an IPv6 address.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(header, "["), "]")
}

// canonical returns name for comparison: in lower case and without a final dot.
func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// local serves only clients of this machine: see Options.Protected.
func local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, err := netip.ParseAddrPort(r.RemoteAddr); err != nil || !from.Addr().Unmap().IsLoopback() {
			http.Error(w, "protected mode: without security.users only clients of this machine are served here", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}
