"""Documents and products of the profile catalog. Made by typed_dicts.py; not to be edited."""
from decimal import Decimal
from typing import Any, Dict, List, Literal, NotRequired, TypedDict, Union

Number = Union[int, float, Decimal]

DocumentFamilies = TypedDict("DocumentFamilies", {
    "id": NotRequired[Union[str, Number, None]],
    "uuid": NotRequired[Union[str, Number, None]],
})

DocumentFeatures = TypedDict("DocumentFeatures", {
    "id": NotRequired[Union[str, Number, None]],
    "uuid": NotRequired[Union[str, Number, None]],
    "reference": NotRequired[Union[str, Number, None]],
})

DocumentVariantsImages = TypedDict("DocumentVariantsImages", {
    "url": str,
    "sort_order": NotRequired[Union[int, None]],
})

DocumentVariantsOptions = TypedDict("DocumentVariantsOptions", {
    "name": NotRequired[Union[str, None]],
    "value": str,
    "sort_order": NotRequired[Union[int, None]],
})

DocumentVariants = TypedDict("DocumentVariants", {
    "id": NotRequired[Union[int, None]],
    "sku": NotRequired[str],
    "meta": NotRequired[Any],
    "tags": NotRequired[Union[List[str], None]],
    "price": NotRequired[Union[Number, None]],
    "title": NotRequired[Union[str, None]],
    "handle": NotRequired[Union[str, None]],
    "images": NotRequired[Union[List[DocumentVariantsImages], None]],
    "barcode": NotRequired[Union[str, None]],
    "options": NotRequired[Union[List[DocumentVariantsOptions], None]],
    "web_url": NotRequired[Union[str, None]],
    "position": NotRequired[Union[int, None]],
    "price_cost": NotRequired[Union[Number, None]],
    "description": NotRequired[Union[str, None]],
    "external_id": NotRequired[Union[str, None]],
    "price_comparison": NotRequired[Union[Number, None]],
    "price_discounted": NotRequired[Union[Number, None]],
    "available_quantity": NotRequired[Union[int, None]],
})

DocumentCategoryId = TypedDict("DocumentCategoryId", {
    "id": NotRequired[Union[str, Number, None]],
    "uuid": NotRequired[Union[str, Number, None]],
    "reference": NotRequired[Union[str, Number, None]],
})

DocumentTaxGroupId = TypedDict("DocumentTaxGroupId", {
    "id": NotRequired[Union[str, Number, None]],
    "uuid": NotRequired[Union[str, Number, None]],
})

DocumentTranslations = TypedDict("DocumentTranslations", {
    "name": NotRequired[Union[str, None]],
    "description": NotRequired[Union[str, None]],
})

DocumentCostCentreId = TypedDict("DocumentCostCentreId", {
    "id": NotRequired[Union[str, Number, None]],
    "uuid": NotRequired[Union[str, Number, None]],
})

DocumentMeasurementId = TypedDict("DocumentMeasurementId", {
    "id": NotRequired[Union[str, Number, None]],
    "code": NotRequired[Union[str, Number, None]],
    "uuid": NotRequired[Union[str, Number, None]],
})

DocumentBillingEntityId = TypedDict("DocumentBillingEntityId", {
    "id": NotRequired[Union[str, Number, None]],
    "uuid": NotRequired[Union[str, Number, None]],
    "reference": NotRequired[Union[str, Number, None]],
})

DocumentParentProductId = TypedDict("DocumentParentProductId", {
    "id": NotRequired[Union[str, Number, None]],
    "uuid": NotRequired[Union[str, Number, None]],
    "reference": NotRequired[Union[str, Number, None]],
    "external_id": NotRequired[Union[str, Number, None]],
})

Document = TypedDict("Document", {
    "id": NotRequired[Union[int, None]],
    "upc": NotRequired[Union[str, None]],
    "cost": NotRequired[Union[Number, None]],
    "meta": NotRequired[Any],
    "name": NotRequired[str],
    "size": NotRequired[Union[Number, None]],
    "tags": NotRequired[Union[List[str], None]],
    "uuid": NotRequired[Union[str, None]],
    "brand": NotRequired[Union[str, None]],
    "price": NotRequired[Union[Number, None]],
    "handle": NotRequired[Union[str, None]],
    "images": NotRequired[Any],
    "markup": NotRequired[Union[Number, None]],
    "number": NotRequired[Union[str, None]],
    "status": NotRequired[Union[str, None]],
    "systems": NotRequired[Union[List[str], None]],
    "web_url": NotRequired[Union[str, None]],
    "calories": NotRequired[Union[int, None]],
    "channels": NotRequired[Union[List[str], None]],
    "currency": NotRequired[Union[str, None]],
    "families": NotRequired[Union[List[Union[Union[Number, str, DocumentFamilies], List[Any]]], None]],
    "features": NotRequired[Union[List[Union[Union[Number, str, DocumentFeatures], List[Any]]], None]],
    "variants": NotRequired[List[DocumentVariants]],
    "container": NotRequired[Union[str, None]],
    "is_common": NotRequired[Union[bool, None]],
    "reference": NotRequired[Union[str, None]],
    "size_unit": NotRequired[Union[str, Literal[''], None]],
    "vend_size": NotRequired[Union[str, None]],
    "department": NotRequired[Union[str, None]],
    "is_deleted": NotRequired[bool],
    "category_id": NotRequired[Union[Union[Number, str, DocumentCategoryId], None]],
    "custom_data": NotRequired[Any],
    "description": NotRequired[Union[str, None]],
    "external_id": NotRequired[Union[str, None]],
    "is_archived": NotRequired[bool],
    "item_number": NotRequired[Union[str, None]],
    "available_to": NotRequired[Union[str, None]],
    "manufacturer": NotRequired[Union[str, None]],
    "product_type": NotRequired[Union[str, None]],
    "tax_category": NotRequired[Union[str, None]],
    "tax_group_id": NotRequired[Union[Union[Number, str, DocumentTaxGroupId], None]],
    "translations": NotRequired[Union[Union[Dict[str, Union[DocumentTranslations, None]], List[Any]], None]],
    "custom_fields": NotRequired[Union[Dict[str, Any], None]],
    "display_order": NotRequired[Union[int, None]],
    "internal_name": NotRequired[Union[str, None]],
    "product_group": NotRequired[Union[str, None]],
    "product_image": NotRequired[Union[str, None]],
    "available_from": NotRequired[Union[str, None]],
    "cost_centre_id": NotRequired[Union[Union[Number, str, DocumentCostCentreId], None]],
    "measurement_id": NotRequired[Union[Union[Number, str, DocumentMeasurementId], None]],
    "nutrition_image": NotRequired[Union[str, None]],
    "organization_id": NotRequired[Union[int, None]],
    "billing_entity_id": NotRequired[Union[Union[Number, str, DocumentBillingEntityId], None]],
    "parent_product_id": NotRequired[Union[Union[Number, str, DocumentParentProductId], None]],
    "invoice_visibility": NotRequired[Union[str, None]],
    "linked_integrations": NotRequired[Any],
})

ProductFamilies = TypedDict("ProductFamilies", {
    "id": int,
    "name": Union[str, None],
    "uuid": Union[str, None],
})

ProductFeatures = TypedDict("ProductFeatures", {
    "id": int,
    "name": Union[str, None],
    "uuid": Union[str, None],
    "reference": Union[str, None],
})

ProductVariantsImages = TypedDict("ProductVariantsImages", {
    "url": NotRequired[Union[str, None]],
    "sort_order": NotRequired[Union[int, None]],
})

ProductVariantsOptions = TypedDict("ProductVariantsOptions", {
    "name": NotRequired[Union[str, None]],
    "value": NotRequired[Union[str, None]],
    "sort_order": NotRequired[Union[int, None]],
})

ProductVariants = TypedDict("ProductVariants", {
    "id": int,
    "sku": str,
    "meta": Any,
    "tags": Union[List[str], None],
    "price": Union[Number, None],
    "title": Union[str, None],
    "handle": Union[str, None],
    "images": Union[List[ProductVariantsImages], None],
    "barcode": Union[str, None],
    "options": Union[List[ProductVariantsOptions], None],
    "web_url": Union[str, None],
    "position": Union[int, None],
    "created_at": Union[str, None],
    "price_cost": Union[Number, None],
    "product_id": int,
    "updated_at": Union[str, None],
    "description": Union[str, None],
    "external_id": Union[str, None],
    "price_comparison": Union[Number, None],
    "price_discounted": Union[Number, None],
    "available_quantity": Union[int, None],
})

ProductTranslations = TypedDict("ProductTranslations", {
    "name": NotRequired[Union[str, None]],
    "description": NotRequired[Union[str, None]],
})

Product = TypedDict("Product", {
    "id": int,
    "upc": Union[str, None],
    "cost": Union[Number, None],
    "meta": Any,
    "name": Union[str, None],
    "size": Union[Number, None],
    "tags": Union[List[str], None],
    "uuid": Union[str, None],
    "brand": Union[str, None],
    "price": Union[Number, None],
    "handle": Union[str, None],
    "images": Any,
    "markup": Union[Number, None],
    "number": Union[str, None],
    "status": Union[str, None],
    "systems": Union[List[str], None],
    "version": int,
    "web_url": Union[str, None],
    "calories": Union[int, None],
    "channels": Union[List[str], None],
    "currency": Union[str, None],
    "families": List[ProductFamilies],
    "features": List[ProductFeatures],
    "variants": List[ProductVariants],
    "container": Union[str, None],
    "is_common": Union[bool, None],
    "reference": Union[str, None],
    "size_unit": Union[str, None],
    "vend_size": Union[str, None],
    "created_at": str,
    "department": Union[str, None],
    "is_deleted": bool,
    "updated_at": str,
    "category_id": Union[int, None],
    "custom_data": Any,
    "description": Union[str, None],
    "external_id": Union[str, None],
    "is_archived": bool,
    "item_number": Union[str, None],
    "available_to": Union[str, None],
    "manufacturer": Union[str, None],
    "product_type": Union[str, None],
    "tax_category": Union[str, None],
    "tax_group_id": Union[int, None],
    "translations": Union[Dict[str, Union[ProductTranslations, None]], None],
    "custom_fields": Union[Dict[str, Any], None],
    "display_order": Union[int, None],
    "internal_name": Union[str, None],
    "product_group": Union[str, None],
    "product_image": Union[str, None],
    "available_from": Union[str, None],
    "cost_centre_id": Union[int, None],
    "measurement_id": Union[int, None],
    "nutrition_image": Union[str, None],
    "organization_id": int,
    "billing_entity_id": Union[int, None],
    "parent_product_id": Union[int, None],
    "invoice_visibility": Union[str, None],
    "linked_integrations": Any,
})

