#!/bin/sh
# plant.sh SOURCE NAME: the source with one comparison off by one, on standard
# output. What a test must be able to catch; never part of a product.
set -eu
source=$1
case $2 in
bucket) edit='s/(int64_t)o->bucket >= o->ppm/(int64_t)o->bucket > o->ppm/' ;;
opens) edit='s/c->d->now_s < s->not_before_s/c->d->now_s <= s->not_before_s/' ;;
expires) edit='s/c->d->now_s >= c->plan->expires_s/c->d->now_s > c->plan->expires_s/' ;;
counter) edit='s/c->release->counter < c->d->counter/c->release->counter <= c->d->counter/' ;;
version) edit='s|f->version) >= 0)$|f->version) > 0)|' ;;
stage) edit='s/c->rule->stage >= c->plan->n_stages)$/c->rule->stage + 1 >= c->plan->n_stages)/' ;;
*)
	echo "plant.sh: '$2': no such mistake" >&2
	exit 2
	;;
esac
sed "$edit" "$source" | {
	if diff -q "$source" - >/dev/null; then
		echo "plant.sh: $2: $source does not compare like that any" \
			"more" >&2
		exit 1
	fi
}
exec sed "$edit" "$source"
