package admin

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// named answers only requests for a host that is this node's: an IP address, localhost, or one of names. A web page
// that makes its own name stand for this listener's address (DNS rebinding) would otherwise read everything here with
// the browser of an operator. A request without any host, as of HTTP/1.0, is no browser's.
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

// hostOf is the host of a Host header without the port, and without the brackets of an IPv6 address.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(header, "["), "]")
}

// canonical is a name as names are compared: case does not count, nor the dot that ends a full name.
func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// local answers only clients of this machine. It stands in front of a listener that everybody reaches although nobody
// has to sign in: see server.Options.Protected.
func local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, err := netip.ParseAddrPort(r.RemoteAddr); err != nil || !from.Addr().Unmap().IsLoopback() {
			http.Error(w, "protected mode: without security.users only clients of this machine are served here", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}
