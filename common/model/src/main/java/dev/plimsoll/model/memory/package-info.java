/**
 * How deep a worker may be loaded: what a micro-batch will need ({@link MemoryForecast}), what
 * there is ({@link MemoryLine}), and which tokens and memory plan use it best ({@link Loading}).
 * Pure.
 */
package dev.plimsoll.model.memory;
