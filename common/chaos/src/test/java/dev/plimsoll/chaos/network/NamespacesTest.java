package dev.plimsoll.chaos.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.chaos.network.Namespaces.Opened;
import dev.plimsoll.chaos.network.Network.Lost;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Real cuts between real processes; skipped where no namespaces can be made. */
@Tag("slow")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NamespacesTest {

    /**
     * Long enough for TCP to have repeated it once or twice; it goes on doing so, and after the cut
     * nothing is lost.
     */
    private static final long MOMENT_MILLIS = 500;

    private Network network;
    private ServerSocket broker;

    @BeforeEach
    void open() throws IOException {
        Opened opened = Namespaces.open(List.of("worker-1", "worker-2"));
        assumeThat(opened).as("namespaces can be made here").isInstanceOf(Opened.Ready.class);
        network = ((Opened.Ready) opened).network();
        broker = new ServerSocket(0, 5, InetAddress.getByName(network.host()));
        broker.setSoTimeout(10_000);
    }

    @AfterEach
    void close() throws IOException {
        if (network != null) {
            broker.close();
            network.close();
        }
    }

    /**
     * A connection per cut: TCP sends one packet at a time after a loss, so the next cut would not
     * find it as it was.
     */
    @ParameterizedTest
    @MethodSource
    void onlyThatWayIsLostAndNothingIsLostForGood(Set<Lost> lost) throws Exception {
        try (Line line = new Line("worker-1");
                Line other = new Line("worker-2")) {
            line.carries("a", "b");
            Thread.sleep(MOMENT_MILLIS); // all is acknowledged
            network.cut("worker-1", lost);
            line.send("c", "d");
            other.carries("x", "y");
            if (!lost.contains(Lost.TO_BROKER)) {
                line.awaitAtBroker("c");
            }
            if (!lost.contains(Lost.FROM_BROKER)) {
                line.awaitAtProcess("d");
            }
            Thread.sleep(MOMENT_MILLIS);
            assertThat(line.arrivedAtBroker() + line.arrivedAtProcess()).isEmpty();
            network.mend("worker-1");
            if (lost.contains(Lost.TO_BROKER)) {
                line.awaitAtBroker("c");
            }
            if (lost.contains(Lost.FROM_BROKER)) {
                line.awaitAtProcess("d");
            }
        }
    }

    static List<Set<Lost>> onlyThatWayIsLostAndNothingIsLostForGood() {
        return List.of(Set.of(Lost.TO_BROKER), Set.of(Lost.FROM_BROKER), EnumSet.allOf(Lost.class));
    }

    @Test
    void whoIsCutOffIsNotRefusedButWaits() throws Exception {
        network.cut("worker-1", Set.of(Lost.TO_BROKER));
        try (Line line = new Line("worker-1", false)) {
            Thread.sleep(MOMENT_MILLIS);
            assertThat(line.process.isAlive()).as("still connecting").isTrue();
            network.mend("worker-1");
            line.accept();
            line.carries("a", "b");
        }
    }

    @Test
    void nothingIsLeftAndTwoHaveSubnetsOfTheirOwn() {
        Opened second = Namespaces.open(List.of("worker-1"));
        assertThat(second).isInstanceOf(Opened.Ready.class);
        Network another = ((Opened.Ready) second).network();
        assertThat(another.host()).isNotEqualTo(network.host());
        another.close();
        network.close();
        assertThat(ExternalCommand.run(List.of("ip", "netns", "list")).output())
                .doesNotContain("plimsoll-" + ProcessHandle.current().pid());
        assertThat(ExternalCommand.run(List.of("ip", "route")).output())
                .doesNotContain(network.host())
                .doesNotContain(another.host());
    }

    @Test
    void whatAKilledRunLeftIsRemoved() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        NamespaceCommands left =
                new NamespaceCommands(gone.pid(), new Subnet("10.77.255"), List.of("worker-1"));
        left.build()
                .forEach(command ->
                        assertThat(ExternalCommand.run(command).done()).isTrue());
        try (Network next = ((Opened.Ready) Namespaces.open(List.of("worker-1"))).network()) {
            assertThat(next.host()).isNotNull();
            assertThat(ExternalCommand.run(List.of("ip", "netns", "list")).output())
                    .doesNotContain("plimsoll-" + gone.pid());
        } finally {
            left.remove().forEach(ExternalCommand::run);
        }
    }

    /** A process at its place that says what it reads to the broker, and the other way round. */
    private final class Line implements AutoCloseable {
        private final Process process;
        private Socket accepted;

        Line(String at) throws IOException {
            this(at, true);
        }

        Line(String at, boolean accept) throws IOException {
            String script = "exec 3<>/dev/tcp/" + network.host() + "/" + broker.getLocalPort()
                    + "; cat <&3 & exec cat >&3";
            process = new ProcessBuilder(network.at(at, List.of("bash", "-c", script)))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (accept) {
                accept();
            }
        }

        void accept() throws IOException {
            accepted = broker.accept();
        }

        void carries(String toBroker, String toProcess) throws IOException {
            send(toBroker, toProcess);
            awaitAtBroker(toBroker);
            awaitAtProcess(toProcess);
        }

        void send(String toBroker, String toProcess) throws IOException {
            write(process.getOutputStream(), toBroker);
            write(accepted.getOutputStream(), toProcess);
        }

        String arrivedAtBroker() throws IOException {
            return available(accepted.getInputStream());
        }

        String arrivedAtProcess() throws IOException {
            return available(process.getInputStream());
        }

        void awaitAtBroker(String text) throws IOException {
            assertThat(read(accepted.getInputStream())).isEqualTo(text);
        }

        void awaitAtProcess(String text) throws IOException {
            assertThat(read(process.getInputStream())).isEqualTo(text);
        }

        private static void write(OutputStream out, String text) throws IOException {
            out.write(text.getBytes(UTF_8));
            out.flush();
        }

        private static String read(InputStream in) throws IOException {
            return new String(in.readNBytes(1), UTF_8);
        }

        private static String available(InputStream in) throws IOException {
            return new String(in.readNBytes(in.available()), UTF_8);
        }

        @Override
        public void close() throws IOException {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            if (accepted != null) {
                accepted.close();
            }
        }
    }
}
