package dev.plimsoll.model.machine;

import dev.plimsoll.wire.run.LoraSettings;

import java.util.List;

/**
 * Asked of a probe before anything is started: does the model fit the cards of these workers?
 *
 * @param model its directory
 * @param device cuda, or cpu for cards that are pretended
 * @param precision as the setting of that name says
 * @param simulatedCardBytes of each pretended card; 0 where nobody can tell
 * @param visible the GPUs, as CUDA_VISIBLE_DEVICES names them; empty for device cpu
 * @param workers the cards of each worker, by their places among those that are visible
 */
public record FitQuestion(
        String model,
        LoraSettings lora,
        String device,
        String precision,
        long simulatedCardBytes,
        List<String> visible,
        List<List<Integer>> workers) {

    public FitQuestion {
        visible = List.copyOf(visible);
        workers = workers.stream().map(List::copyOf).toList();
    }
}
