package dev.plimsoll.cli;

import dev.plimsoll.processes.ForegroundProcess;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;
import dev.plimsoll.wire.settings.ProcessCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

@Command(
        name = "coordinator",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a coordinator: ingest, planner and parameter server of one run.",
            "",
            "Creates the topics and the run when they do not exist, else carries on where the "
                    + "last coordinator stopped."
                    + " It waits one lease for signs of another coordinator and does not start "
                    + "beside it.",
            ""
        })
final class CoordinatorCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Mixin
    RunOptions run;

    @Mixin
    SettingOptions process = new SettingOptions(List.of(
            CoordinatorCatalogue.ROLES,
            CoordinatorCatalogue.SERVE_SHARDS,
            CoordinatorCatalogue.TAKE_OVER,
            CoordinatorCatalogue.REPLICAS,
            CoordinatorCatalogue.HTTP_TOKENS,
            CoordinatorCatalogue.HTTP_NAMES,
            CoordinatorCatalogue.MAX_SAMPLE_BYTES,
            CoordinatorCatalogue.MAX_TURNS,
            CoordinatorCatalogue.TEMPLATE_WORK,
            CoordinatorCatalogue.PAGE_WORKERS,
            CoordinatorCatalogue.HTTP_UNREAD_SAMPLES,
            CoordinatorCatalogue.JOIN_TIME,
            ProcessCatalogue.LOG_LEVEL,
            ProcessCatalogue.LOG_FORMAT));

    @Option(
            names = "--port",
            defaultValue = "8080",
            description = "Serves the page, REST and metrics at this port of localhost; 0 takes a "
                    + "free one. The default is ${DEFAULT-VALUE}.")
    int port;

    @Override
    public Integer call() {
        FreePort.require(port);
        Map<String, String> properties = run.properties();
        properties.putAll(process.properties());
        properties.putAll(broker.properties());
        properties.put("quarkus.http.port", Integer.toString(port));
        broker.clients();
        Map<String, String> environment = new HashMap<>(broker.environment());
        environment.putAll(Problems.environment(spec.commandLine()));
        return ForegroundProcess.run(Programs.coordinator(properties), environment);
    }
}
