/* The known city's year as a plain C loop: same generator, same draws, same rules as the engine.
 *
 * Usage: loop SEED REPLICATIONS CALLS_A_YEAR; prints processor seconds, calls, reached, gave up, and the sum
 * of minutes waited. Built with -O3 by the bench, which checks the counts against the engine's.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TEAMS 3
#define HOURS 168
#define WEEKS 52
#define SLOTS 16
#define MOST_WAITING 4096
#define GOLDEN 0x9E3779B97F4A7C15ULL
#define MIX_1 0xBF58476D1CE4E5B9ULL
#define MIX_2 0x94D049BB133111EBULL

enum { GAP = 0, ALONG_X = 3, ALONG_Y = 4, PRIORITY = 5, ON_SCENE = 9, PATIENCE = 12 };

typedef struct {
    double at, x, y, on_scene, patience;
    int priority;
} Call;

static const double POST_X[TEAMS] = {2, 8, 5}, POST_Y[TEAMS] = {2, 3, 8};
static double rate[HOURS], log_mean, log_spread;
static double free_at[TEAMS];
static Call waiting[MOST_WAITING];
static int many;
static long calls, reached, gave_up;
static double minutes_waited;

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * MIX_1;
    z = (z ^ (z >> 27)) * MIX_2;
    return z ^ (z >> 31);
}

static uint64_t stream_key(uint64_t seed, uint64_t replication) {
    uint64_t key = mix(seed + GOLDEN);
    key = mix(key ^ (replication * MIX_1 + GOLDEN));
    return mix(key ^ GOLDEN);
}

static double uniform(uint64_t key, uint64_t position) {
    return ((double)(mix(key + (position + 1) * GOLDEN) >> 11) + 0.5) * 0x1.0p-53;
}

static double horner(const double c[8], double r) {
    double high = ((c[7] * r + c[6]) * r + c[5]) * r + c[4];
    return (((high * r + c[3]) * r + c[2]) * r + c[1]) * r + c[0];
}

/* AS 241 (Wichura, Applied Statistics 37, 1988). */
static double normal_quantile(double p) {
    static const double near_up[8] = {3.3871328727963666080,    1.3314166789178437745e2,
                                      1.9715909503065514427e3, 1.3731693765509461125e4,
                                      4.5921953931549871457e4, 6.7265770927008700853e4,
                                      3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double near_down[8] = {1.0,                      4.2313330701600911252e1,
                                        6.8718700749205790830e2, 5.3941960214247511077e3,
                                        2.1213794301586595867e4, 3.9307895800092710610e4,
                                        2.8729085735721942674e4, 5.2264952788528545610e3};
    static const double tail_up[8] = {1.42343711074968357734,    4.6303378461565452959,
                                      5.7694972214606914055,     3.64784832476320460504,
                                      1.27045825245236838258,    2.4178072517745061177e-1,
                                      2.27238449892691845833e-2, 7.7454501427834140764e-4};
    static const double tail_down[8] = {1.0,                      2.05319162663775882187,
                                        1.6763848301838038494,    6.8976733498510000455e-1,
                                        1.4810397642748007459e-1, 1.51986665636164571966e-2,
                                        5.475938084995344946e-4,  1.05075007164441684324e-9};
    static const double far_up[8] = {6.6579046435011037772,     5.4637849111641143699,
                                     1.7848265399172913358,     2.9656057182850489123e-1,
                                     2.6532189526576123093e-2,  1.2426609473880784386e-3,
                                     2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double far_down[8] = {1.0,                       5.9983220655588793769e-1,
                                       1.3692988092273580531e-1,  1.48753612908506148525e-2,
                                       7.868691311456132591e-4,   1.8463183175100546818e-5,
                                       1.4215117583164458887e-7,  2.04426310338993978564e-15};
    double q = p - 0.5, r, value;
    if (fabs(q) <= 0.425) {
        r = 0.425 * 0.425 - q * q;
        return q * horner(near_up, r) / horner(near_down, r);
    }
    r = sqrt(-log(q < 0.0 ? p : 1.0 - p));
    if (r <= 5.0)
        value = horner(tail_up, r - 1.6) / horner(tail_down, r - 1.6);
    else
        value = horner(far_up, r - 5.0) / horner(far_down, r - 5.0);
    return q < 0.0 ? -value : value;
}

static int nearest_free(const Call *call, double now, double *travel) {
    int best = -1;
    double shortest = 0.0;
    for (int team = 0; team < TEAMS; team++) {
        double far;
        if (free_at[team] > now) continue;
        far = (fabs(POST_X[team] - call->x) + fabs(POST_Y[team] - call->y)) * (1 / 0.6);
        if (best < 0 || far < shortest) {
            best = team;
            shortest = far;
        }
    }
    *travel = shortest;
    return best;
}

static void send(const Call *call, int team, double now, double travel) {
    free_at[team] = now + travel + call->on_scene;
    minutes_waited += now - call->at;
    reached++;
}

static void give_up_before(double now) {
    int stay = 0;
    for (int j = 0; j < many; j++) {
        if (waiting[j].at + waiting[j].patience < now)
            gave_up++;
        else
            waiting[stay++] = waiting[j];
    }
    many = stay;
}

static void serve_until(double now) {
    while (many > 0) {
        double moment = INFINITY, travel;
        for (int team = 0; team < TEAMS; team++)
            if (free_at[team] < moment) moment = free_at[team];
        if (moment > now) return;
        give_up_before(moment);
        while (many > 0) {
            int team = nearest_free(&waiting[0], moment, &travel);
            if (team < 0) break;
            send(&waiting[0], team, moment, travel);
            many--;
            for (int j = 0; j < many; j++) waiting[j] = waiting[j + 1];
        }
        if (many == 0) return;
    }
}

static void wait_in_line(const Call *call) {
    int j = many++;
    if (many > MOST_WAITING) exit(3);
    while (j > 0 && waiting[j - 1].priority > call->priority) {
        waiting[j] = waiting[j - 1];
        j--;
    }
    waiting[j] = *call;
}

static void one_year(uint64_t key) {
    double left = rate[0];
    int hour = 0;
    for (int team = 0; team < TEAMS; team++) free_at[team] = 0.0;
    many = 0;
    for (uint64_t k = 0;; k++) {
        uint64_t spot = k * SLOTS;
        double gap = -log(uniform(key, spot + GAP)), now, travel;
        Call call;
        int team;
        while (gap > left) {
            gap -= left;
            if (++hour >= HOURS * WEEKS) {
                serve_until(INFINITY);
                return;
            }
            left = rate[hour % HOURS];
        }
        left -= gap;
        now = rate[hour % HOURS];
        call.at = 60.0 * (hour + (now - left) / now);
        call.x = 10.0 * uniform(key, spot + ALONG_X);
        call.y = 10.0 * uniform(key, spot + ALONG_Y);
        call.priority = uniform(key, spot + PRIORITY) >= 0.3;
        call.on_scene = exp(log_mean + log_spread * normal_quantile(uniform(key, spot + ON_SCENE)));
        call.patience = -30.0 * log(uniform(key, spot + PATIENCE));
        calls++;
        serve_until(call.at);
        give_up_before(call.at);
        team = nearest_free(&call, call.at, &travel);
        if (team >= 0)
            send(&call, team, call.at, travel);
        else
            wait_in_line(&call);
    }
}

int main(int argc, char **argv) {
    struct timespec begun, done;
    double total = 0.0, spread = log1p(0.8 * 0.8);
    if (argc != 4) return 2;
    for (int h = 0; h < HOURS; h++) {
        rate[h] = 1 + 0.55 * sin(2 * M_PI * (h % 24 - 10) / 24);
        rate[h] *= h / 24 >= 5 ? 0.9 : 1.04;
        total += rate[h];
    }
    for (int h = 0; h < HOURS; h++) rate[h] = atof(argv[3]) / 52 * rate[h] / total;
    log_mean = log(60.0) - spread / 2;
    log_spread = sqrt(spread);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
    for (long replication = 0; replication < atol(argv[2]); replication++)
        one_year(stream_key(strtoull(argv[1], NULL, 10), (uint64_t)replication));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &done);
    printf("%.9f %ld %ld %ld %.6f\n",
           (double)(done.tv_sec - begun.tv_sec) + 1e-9 * (double)(done.tv_nsec - begun.tv_nsec),
           calls, reached, gave_up, minutes_waited);
    return 0;
}
