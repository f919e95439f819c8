package sut

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// policyOf reads policy= of a target's options: an eviction policy by the name that it has in a config, in any case. Without
// it, the policy is the default.
func policyOf(q url.Values) (policy.Policy, error) {
	name := q.Get("policy")
	if !q.Has("policy") {
		return policy.LRU, nil
	}
	p, ok := policy.Parse(name)
	if !ok {
		return 0, fmt.Errorf("policy %q: there are %s", name, strings.Join(policy.Names(), ", "))
	}
	return p, nil
}
