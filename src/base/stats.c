#include "base/stats.h"

#include <math.h>

#include "base/check.h"

/* How many standard deviations around the middle of a normal distribution hold that part of it. By
 * halving: erf rises, and 9 deviations hold more than a double can tell from all. */
static double deviations(double part)
{
	double low = 0, high = 9;

	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;
		if (erf(middle / sqrt(2)) < part)
			low = middle;
		else
			high = middle;
	}
	return low;
}

double stats_wilson_lower(int64_t part, int64_t of, double confidence)
{
	ASSERT(confidence > 0 && confidence < 1);
	if (of <= 0 || part <= 0)
		return 0;
	double n = (double)of, z = deviations(confidence);
	double share = part < of ? (double)part / n : 1;
	double spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
	double lower = (share + z * z / (2 * n) - spread) / (1 + z * z / n);

	return lower > 0 ? lower : 0;
}
