package dev.plimsoll.wire.protocol;

/**
 * What a worker trains on.
 *
 * @param kind "cpu" or "cuda"
 * @param precision of weights and activations: "fp32", "bf16"; "fp8" and "nf4" are of weights
 *     alone, computed with in bf16 on a GPU
 * @param totalBytes the device's memory; the simulated card's on CPU; 0 when unknown
 */
public record WorkerDevice(String kind, String name, String precision, long totalBytes) {}
