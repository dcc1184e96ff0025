package dev.plimsoll.images;

import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stand-in for a base image where none can be pulled: the shell, a few tools and the C libraries
 * of the machine that builds. It is for trying images there, and not to be published.
 */
final class StandIn {

    private static final List<String> PROGRAMS = List.of(
            "bash",
            "cat",
            "cut",
            "dirname",
            "env",
            "find",
            "grep",
            "id",
            "ls",
            "readlink",
            "sed",
            "setpriv",
            "sh",
            "sleep",
            "sort",
            "touch",
            "uname");
    private static final List<String> LIBRARIES = List.of(
            "libc.so.6",
            "libm.so.6",
            "libdl.so.2",
            "libpthread.so.0",
            "librt.so.1",
            "libgcc_s.so.1",
            "libstdc++.so.6",
            "libgomp.so.1",
            "libz.so.1",
            "libnss_files.so.2",
            "libnss_dns.so.2",
            "libresolv.so.2");
    private static final List<Path> PLACES = List.of(
            Path.of("/usr/bin"),
            Path.of("/bin"),
            Path.of("/usr/lib/x86_64-linux-gnu"),
            Path.of("/lib/x86_64-linux-gnu"),
            Path.of("/usr/lib/aarch64-linux-gnu"));
    private static final Pattern NEEDED = Pattern.compile("(/\\S+) \\(0x");
    private static final FilePermissions ALL = FilePermissions.fromOctalString("755");

    private StandIn() {}

    static FileEntriesLayer layer(Path work) throws IOException {
        FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName("stand-in base");
        Path empty = Files.createDirectories(work.resolve("empty"));
        for (String place : List.of("/dev", "/etc", "/proc", "/sys")) {
            layer.addEntry(empty, AbsoluteUnixPath.get(place), ALL);
        }
        layer.addEntry(empty, AbsoluteUnixPath.get("/tmp"), FilePermissions.fromOctalString("777"));
        text(
                layer,
                work,
                "/etc/passwd",
                "root:x:0:0::/:/bin/sh\nplimsoll:x:10001:10001::/tmp:/bin/sh\n");
        text(layer, work, "/etc/group", "root:x:0:\nplimsoll:x:10001:\n");
        text(layer, work, "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
        text(layer, work, "/etc/hosts", "127.0.0.1 localhost\n");
        Map<String, Path> files = new TreeMap<>();
        for (String program : PROGRAMS) {
            with(files, "/usr/bin/" + program, found(program));
            files.put("/bin/" + program, found(program));
        }
        for (String library : LIBRARIES) {
            with(files, "/lib/x86_64-linux-gnu/" + library, found(library));
        }
        // bash asks for the characters of C.UTF-8
        Path characters = Path.of("/usr/lib/locale/C.utf8");
        if (Files.isDirectory(characters)) {
            layer.addEntryRecursive(characters, AbsoluteUnixPath.get(characters.toString()));
        }
        files.forEach((place, file) -> add(layer, place, file));
        return layer.build();
    }

    private static void add(FileEntriesLayer.Builder layer, String place, Path file) {
        try {
            layer.addEntry(file.toRealPath(), AbsoluteUnixPath.get(place), ALL);
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be read", e);
        }
    }

    /** The file, and the libraries that it needs at the places where it looks for them. */
    private static void with(Map<String, Path> files, String place, Path file) throws IOException {
        files.put(place, file);
        Process asked = new ProcessBuilder("ldd", file.toString()).start();
        String needed = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher each = NEEDED.matcher(needed);
        while (each.find()) {
            files.put(each.group(1), Path.of(each.group(1)));
        }
    }

    private static Path found(String name) {
        return PLACES.stream()
                .map(place -> place.resolve(name))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "this machine has no " + name + " for a stand-in base"));
    }

    private static void text(
            FileEntriesLayer.Builder layer, Path work, String place, String content)
            throws IOException {
        Path file = Files.writeString(
                work.resolve(place.substring(place.lastIndexOf('/') + 1)), content);
        layer.addEntry(file, AbsoluteUnixPath.get(place), FilePermissions.fromOctalString("644"));
    }
}
