package dev.plimsoll.cli;

import dev.plimsoll.processes.ForegroundProcess;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;

@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a worker: one per GPU, or one or more on CPU.",
            "",
            "It may join and leave a run at any time. Everything about the run it learns from "
                    + "Kafka.",
            "Asked to stop (Ctrl-C, SIGTERM) it ends its micro-batch, contributes what it has "
                    + "and leaves.",
            ""
        })
final class WorkerCommand implements Callable<Integer> {

    @Mixin
    BrokerOptions broker;

    @Mixin
    SettingOptions worker = new SettingOptions(Catalogue.WORKER.stream()
            .filter(setting -> !Catalogue.CLIENT.contains(setting))
            .toList());

    @Override
    public Integer call() {
        Map<String, String> properties = worker.properties();
        properties.putAll(broker.properties());
        Path model = worker.values().given(RunCatalogue.MODEL).orElse(null);
        properties.put(RunCatalogue.MODEL.name(), Installation.modelOr(model).toString());
        broker.clients();
        return ForegroundProcess.run(
                Programs.worker(properties),
                broker.environment(),
                Duration.ofSeconds(worker.values().get(WorkerCatalogue.DRAIN_SECONDS)));
    }
}
