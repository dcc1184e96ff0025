/* The time of each kernel of a process, by CUPTI, without a profiler's package:
 *
 *     gcc -shared -fPIC -O2 -I CUDA/include kernels.c -o kernels.so -L CUDA/lib -lcupti
 *     CUDA_INJECTION64_PATH=$PWD/kernels.so KERNELS_OUT=kernels.tsv KERNELS_AFTER=SECONDS java ...
 *
 * The driver loads it when the process first uses the GPU. At exit it writes a line for each kernel:
 * milliseconds in all, launches, name; the longest first. Kernels that began before KERNELS_AFTER
 * seconds of the first one (0) are not counted.
 */
#include <cupti.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNELS 4096
#define BUFFER (8 << 20)

struct total {
    char *name;
    unsigned long long nanos;
    unsigned long launches;
};

static struct total totals[KERNELS];
static int count;
static unsigned long long first, after, counted_from, counted_to;

static void CUPTIAPI room(uint8_t **buffer, size_t *size, size_t *records) {
    *buffer = aligned_alloc(8, BUFFER);
    *size = BUFFER;
    *records = 0;
}

static void add(const char *name, unsigned long long start, unsigned long long end) {
    if (!first) first = start;
    if (start < first + after) return;
    if (!counted_from) counted_from = start;
    if (end > counted_to) counted_to = end;
    int i = 0;
    while (i < count && strcmp(totals[i].name, name)) i++;
    if (i == KERNELS) return;
    if (i == count) totals[count++].name = strdup(name);
    totals[i].nanos += end - start;
    totals[i].launches++;
}

static void CUPTIAPI full(
    CUcontext context, uint32_t stream, uint8_t *buffer, size_t size, size_t valid) {
    CUpti_Activity *record = NULL;
    while (valid && cuptiActivityGetNextRecord(buffer, valid, &record) == CUPTI_SUCCESS) {
        if (record->kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) {
            CUpti_ActivityKernel9 *kernel = (CUpti_ActivityKernel9 *)record;
            add(kernel->name, kernel->start, kernel->end);
        }
    }
    free(buffer);
}

static int longer(const void *a, const void *b) {
    const struct total *x = a, *y = b;
    return x->nanos < y->nanos ? 1 : x->nanos > y->nanos ? -1 : 0;
}

static void tell(void) {
    cuptiActivityFlushAll(1);
    qsort(totals, count, sizeof totals[0], longer);
    const char *path = getenv("KERNELS_OUT");
    FILE *out = fopen(path ? path : "kernels.tsv", "w");
    if (!out) return;
    unsigned long long sum = 0;
    for (int i = 0; i < count; i++) sum += totals[i].nanos;
    fprintf(out, "%.3f\t%.3f\tms of kernels, and from the first to the last\n", sum / 1e6,
            (counted_to - counted_from) / 1e6);
    for (int i = 0; i < count; i++)
        fprintf(out, "%.3f\t%lu\t%s\n", totals[i].nanos / 1e6, totals[i].launches, totals[i].name);
    fclose(out);
}

int InitializeInjection(void) {
    const char *seconds = getenv("KERNELS_AFTER");
    after = seconds ? (unsigned long long)(atof(seconds) * 1e9) : 0;
    cuptiActivityRegisterCallbacks(room, full);
    cuptiActivityEnable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
    atexit(tell);
    return 1;
}
