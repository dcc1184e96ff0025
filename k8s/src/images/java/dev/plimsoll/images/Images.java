package dev.plimsoll.images;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Port;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes the container images as archives, by Jib and without a daemon. The same build writes the
 * same bytes. Images hold what {@code plimsoll package} packs, without what the image's role does
 * not run, and start the launcher as a user that is not root.
 */
public final class Images {

    private static final String USER = "10001:10001";

    private final Settings settings;
    private final Tree tree;
    private final List<FileEntriesLayer> standIn;

    /**
     * What is to be built.
     *
     * @param home of the build
     * @param out where the archives go
     * @param base image of coordinator, command line and CPU worker; or {@code stand-in}
     * @param cudaBase image of the CUDA worker; or {@code stand-in}
     * @param libtorch directory with a libtorch for CUDA; or empty
     */
    record Settings(
            Path home,
            Path out,
            String base,
            String cudaBase,
            String libtorch,
            String version,
            Instant created,
            String revision) {

        static Settings of(String[] arguments) {
            return new Settings(
                    Path.of(arguments[0]).toAbsolutePath().normalize(),
                    Path.of(arguments[1]).toAbsolutePath().normalize(),
                    arguments[2],
                    arguments[3],
                    arguments[4].equals("none") ? "" : arguments[4],
                    arguments[5],
                    Instant.parse(arguments[6]),
                    arguments[7]);
        }
    }

    private Images(Settings settings) throws IOException {
        this.settings = settings;
        this.tree = new Tree(settings.home(), settings.out());
        this.standIn = isStandIn(settings.base()) || isStandIn(settings.cudaBase())
                ? List.of(StandIn.layer(settings.out()))
                : List.of();
    }

    public static void main(String[] arguments) throws Exception {
        Settings settings = Settings.of(arguments);
        Files.createDirectories(settings.out());
        new Images(settings).write();
    }

    private void write() throws Exception {
        write("cli", settings.base(), List.of(), List.of("/opt/plimsoll/plimsoll"), Set.of());
        write(
                "coordinator",
                settings.base(),
                tree.program("coordinator"),
                List.of("/opt/plimsoll/plimsoll", "coordinator"),
                Set.of(8080));
        List<FileEntriesLayer> worker = tree.program("gpu-worker");
        List<String> start = List.of("/opt/plimsoll/plimsoll", "worker");
        List<FileEntriesLayer> cpu = new ArrayList<>(List.of(tree.libtorchForCpu()));
        cpu.addAll(worker);
        write("worker-cpu", settings.base(), cpu, start, Set.of(8081));
        List<FileEntriesLayer> cuda = new ArrayList<>();
        if (settings.libtorch().isEmpty()) {
            System.out.println("worker-cuda has no libtorch: give -Dimages.libtorch=DIR, such as "
                    + "site-packages/torch/lib");
        } else {
            cuda.add(tree.libtorch(Path.of(settings.libtorch())));
        }
        cuda.addAll(worker);
        write("worker-cuda", settings.cudaBase(), cuda, start, Set.of(8081));
    }

    private void write(
            String name,
            String base,
            List<FileEntriesLayer> layers,
            List<String> entrypoint,
            Set<Integer> ports)
            throws Exception {
        JibContainerBuilder image = isStandIn(base) ? Jib.fromScratch() : Jib.from(base);
        if (isStandIn(base)) {
            standIn.forEach(image::addFileEntriesLayer);
        }
        // what changes seldom comes first, so that images share it and a new version sends little
        image.addFileEntriesLayer(tree.runtime());
        layers.stream()
                .filter(layer -> layer.getName().startsWith("libtorch"))
                .forEach(image::addFileEntriesLayer);
        image.addFileEntriesLayer(tree.libraries());
        layers.stream()
                .filter(layer -> !layer.getName().startsWith("libtorch"))
                .forEach(image::addFileEntriesLayer);
        image.addFileEntriesLayer(tree.launcher());
        image.setEntrypoint(entrypoint);
        image.setUser(USER);
        image.setCreationTime(settings.created());
        image.setFormat(ImageFormat.Docker);
        image.setEnvironment(environment(name));
        image.setLabels(labels(name, base));
        for (int port : ports) {
            image.addExposedPort(Port.tcp(port));
        }
        Path archive = settings.out().resolve(name + ".tar");
        JibContainer written = image.containerize(Containerizer.to(
                        TarImage.at(archive).named("plimsoll/" + name + ":" + settings.version()))
                .setBaseImageLayersCache(settings.out().resolve("cache"))
                .setApplicationLayersCache(settings.out().resolve("cache"))
                .setToolName("plimsoll"));
        System.out.printf(
                "%s: %,d bytes on %s, %s%n",
                archive,
                Files.size(archive),
                isStandIn(base) ? "a stand-in base" : base,
                written.getImageId());
    }

    private Map<String, String> environment(String name) {
        Map<String, String> environment = new TreeMap<>(Map.of(
                "PATH",
                "/opt/plimsoll:/opt/plimsoll/runtime/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin"
                        + ":/usr/bin:/sbin:/bin",
                "LC_ALL",
                "C.UTF-8",
                // the only place to which a container with a read-only root may write
                "HOME",
                "/tmp",
                "DJL_CACHE_DIR",
                "/tmp/djl"));
        if (name.equals("worker-cuda")) {
            environment.put("PLIMSOLL_DEVICE", "cuda");
            environment.put("NVIDIA_VISIBLE_DEVICES", "all");
            environment.put("NVIDIA_DRIVER_CAPABILITIES", "compute,utility");
            if (!settings.libtorch().isEmpty()) {
                environment.put("PLIMSOLL_LIBTORCH", Tree.LIBTORCH);
            }
        }
        return environment;
    }

    private Map<String, String> labels(String name, String base) {
        return new TreeMap<>(Map.of(
                "org.opencontainers.image.title",
                "Plimsoll " + name,
                "org.opencontainers.image.version",
                settings.version(),
                "org.opencontainers.image.revision",
                settings.revision(),
                "org.opencontainers.image.licenses",
                "Apache-2.0",
                "org.opencontainers.image.created",
                settings.created().toString(),
                "org.opencontainers.image.base.name",
                isStandIn(base) ? "stand-in of files of the building machine" : base));
    }

    private static boolean isStandIn(String base) {
        return base.equals("stand-in");
    }
}
