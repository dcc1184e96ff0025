/**
 * The arithmetic by which a version follows from the one before. Every function gives the same bits
 * on every machine and device, whatever the number of threads: what a shard, a worker and a GPU
 * make of the same journal can be compared by one number.
 */
package dev.plimsoll.model.optimizer;
