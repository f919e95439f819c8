package cli

import (
	"net/url"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
)

// FuzzAddress parses addresses as --address does. User and password of a URL come back unchanged, whatever they
// contain; errors about malformed addresses do not show the password.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"127.0.0.1:31337", "cachegopher://app:secret@host:1", "redis://host", "rediss://:p@[::1]:6379/0", "redis://a:b@c:d/1?x#y", "http://x", "://", "cachegopher://%zz", "unix:/run/x.sock", "\x00"} {
		f.Add(s, "app", "pa:ss@w/o%rd")
	}
	f.Fuzz(func(t *testing.T, address, user, password string) {
		const secret = "zq-do-not-show-me"
		for _, a := range []string{address, strings.Replace(address, "@", secret+"@", 1), "cachegopher://u:" + secret + address} {
			good, _, err := splitURL(a)
			if err == nil {
				_, err = config.CheckAddress(good, false)
			}
			// An address that is not a URL has no password.
			if strings.Contains(a, "://u:"+secret) && strings.Contains(a, "@") && err != nil && strings.Contains(err.Error(), secret) {
				t.Fatalf("%q: %v", a, err)
			}
		}
		u := url.URL{Scheme: "cachegopher", Host: "node:7", User: url.UserPassword(user, password)}
		good, as, err := splitURL(u.String())
		if err != nil || good != "node:7" || as.user != user || as.password != password {
			t.Fatalf("%s: %q %+v %v", u.String(), good, as, err)
		}
	})
}
