// Package policies compares eviction policies by the simulations of lru/shadow, on recorded requests: the textbooks',
// AUTO's choice among them, and the optimum that knows the future.
package policies
