// Package shadow predicts how an eviction policy would do, from a sample of the keys that a cache is asked for: it
// replays them in simulations that hold no values (miniature simulation: Waldspurger and others, 2017). A simulation of
// a cache of M bytes over a share r of the keys has r*M bytes; which keys are in the sample, their hashes decide
// (SHARDS: Waldspurger and others, 2015), so all requests for a key are, or none.
//
// A Bank has several simulations, which differ in policy or in memory, over one sample. It takes a fixed number of keys:
// it begins with all that it is shown, and halves the share whenever they become too many; Resize tells when it begins anew.
//
// Nothing here but Gone is safe for concurrent use. The package imports nothing of the project.
package shadow
