#pragma once

// PRODUCT_UPSERT_WAIT_POINT("name") stops a call there while another session holds
//   pg_advisory_lock(32171, hashtext('name'))
// and the caller has SET product_upsert.wait_point = 'name', or 'name@3' to pass it twice first. A
// test can so place a race or a crash exactly. Only a build with -DPRODUCT_UPSERT_WAIT_POINTS
// (`make wait_points`) has the code and the setting.
#ifdef PRODUCT_UPSERT_WAIT_POINTS

namespace product_upsert {

void define_wait_points();
void wait_at(const char* point);

}  // namespace product_upsert

#define PRODUCT_UPSERT_DEFINE_WAIT_POINTS() ::product_upsert::define_wait_points()
#define PRODUCT_UPSERT_WAIT_POINT(name) ::product_upsert::wait_at(name)

#else

#define PRODUCT_UPSERT_DEFINE_WAIT_POINTS() static_cast<void>(0)
#define PRODUCT_UPSERT_WAIT_POINT(name) static_cast<void>(0)

#endif
